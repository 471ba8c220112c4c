import { isDeepStrictEqual } from 'node:util';
import type { Clock, Logger } from '../component/context.ts';
import type { Config } from '../config/config.ts';
import type { Diagnostic } from '../config/diagnostic.ts';
import type { LoadResult } from '../config/load.ts';
import type { OwnMetrics } from '../telemetry/own-metrics.ts';
import { messageOf } from './lifecycles.ts';

/** What asked for a reload: SIGHUP, a changed file, or `POST /-/reload`. */
export type ReloadTrigger = 'signal' | 'file' | 'request';

/** What a reload came to. Only `reloaded` has changed what runs. */
export type ReloadResult =
  | { readonly outcome: 'reloaded'; readonly changes: readonly string[] }
  /** A file was touched, and what it says is what runs. */
  | { readonly outcome: 'unchanged' }
  /** The configuration is wrong; the old one runs on. */
  | { readonly outcome: 'invalid'; readonly diagnostics: readonly Diagnostic[] }
  /** The configuration is in order and could not be built or started; the old one runs on. */
  | { readonly outcome: 'failed'; readonly message: string }
  /** The daemon shuts down. */
  | { readonly outcome: 'stopping' };

/** What the last reload came to, for `/ready`. */
export interface LastReload {
  readonly outcome: ReloadResult['outcome'];
  readonly atMs: number;
  /** One line that says what is wrong; undefined where nothing is. */
  readonly problem: string | undefined;
}

/** Reloads the configuration, one reload at a time. */
export interface Reloader {
  /**
   * Loads, checks and swaps; never rejects. What is asked for while one runs is done once, after it. A changed file only
   * swaps where the configuration says something new; the other triggers also read again what components prepare.
   */
  reload(trigger: ReloadTrigger): Promise<ReloadResult>;
  /** Undefined before the first. */
  readonly last: LastReload | undefined;
}

/** What `createReloader` takes. */
export interface ReloaderOptions {
  /** Reads and checks the configuration anew. */
  load(): Promise<LoadResult>;
  /** Swaps what runs; resolves with what changed, undefined where the daemon shuts down. */
  swap(config: Config): Promise<readonly string[] | undefined>;
  /** What runs. */
  current(): Config;
  readonly metrics: OwnMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The name that `Reloader` is offered under. */
export const reloaderOffer = 'engine.reloader';

/** True where an offer is a `Reloader`. */
export function isReloader(offer: unknown): offer is Reloader {
  return typeof offer === 'object' && offer !== null && 'reload' in offer;
}

/** Creates the reloader of a running engine. */
export function createReloader(options: ReloaderOptions): Reloader {
  const { metrics, clock } = options;
  let last: LastReload | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let queued: { isForced: boolean; readonly result: Promise<ReloadResult> } | undefined;
  let succeededAtMs = clock.now();
  metrics.watch('weir_config_last_reload_successful', () => [
    { labels: {}, value: last?.problem === undefined ? 1 : 0 },
  ]);
  metrics.watch('weir_config_last_reload_success_timestamp_seconds', () => [
    { labels: {}, value: succeededAtMs / 1000 },
  ]);

  const run = async (isForced: boolean): Promise<ReloadResult> => {
    const result = await reloadOnce(options, isForced);
    const problem = problemOf(result);
    last = { outcome: result.outcome, atMs: clock.now(), problem };
    if (problem === undefined) succeededAtMs = last.atMs;
    metrics.count('weir_config_reloads_total', { outcome: result.outcome }, 1);
    tell(result, options.logger);
    return result;
  };

  const enqueue = (isForced: boolean): Promise<ReloadResult> => {
    const result = running.then(() => {
      const force = queued?.isForced ?? isForced;
      queued = undefined;
      return run(force);
    });
    running = result;
    queued = { isForced, result };
    return result;
  };

  return {
    reload: (trigger) => {
      const isForced = trigger !== 'file';
      options.logger.info('reloading the configuration', { trigger });
      if (queued === undefined) return enqueue(isForced);
      queued.isForced ||= isForced;
      return queued.result;
    },
    get last() {
      return last;
    },
  };
}

async function reloadOnce(options: ReloaderOptions, isForced: boolean): Promise<ReloadResult> {
  try {
    const loaded = await options.load();
    if (!loaded.ok) return { outcome: 'invalid', diagnostics: loaded.diagnostics };
    if (!isForced && saysTheSame(loaded.config, options.current())) return { outcome: 'unchanged' };
    const changes = await options.swap(loaded.config);
    if (changes === undefined) return { outcome: 'stopping' };
    for (const { severity, message, path } of loaded.warnings) {
      if (severity === 'warning') options.logger.warn(message, { key: path });
    }
    return { outcome: 'reloaded', changes };
  } catch (error) {
    return { outcome: 'failed', message: messageOf(error) };
  }
}

/** Whether two configurations ask for the same. Where a component stands in its file does not matter. */
function saysTheSame(left: Config, right: Config): boolean {
  return isDeepStrictEqual(withoutPlaces(left), withoutPlaces(right));
}

function withoutPlaces(config: Config): unknown {
  const { receivers, processors, exporters, connectors, extensions, ...rest } = config;
  const sections = [receivers, processors, exporters, connectors, extensions];
  return [
    rest,
    ...sections.map((specs) => [...specs].map(([id, { type, raw }]) => [id, type, raw])),
  ];
}

/** One line about what went wrong; undefined where nothing did. */
function problemOf(result: ReloadResult): string | undefined {
  if (result.outcome === 'failed') return result.message;
  if (result.outcome !== 'invalid') return undefined;
  const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return 'the configuration is wrong';
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const key = first.path === '' ? '' : `${first.path}: `;
  const meant = first.suggestion === undefined ? '' : `; did you mean "${first.suggestion}"?`;
  return `${placeOf(first)}${key}${first.message}${meant}${more}`;
}

function placeOf({ position: { file, line, column } }: Diagnostic): string {
  return line === 0 ? `${file}: ` : `${file}:${line}:${column}: `;
}

function tell(result: ReloadResult, logger: Logger): void {
  switch (result.outcome) {
    case 'reloaded':
      logger.info('the configuration was reloaded', { changes: result.changes.join(', ') });
      return;
    case 'unchanged':
      logger.info('the configuration says nothing new');
      return;
    case 'stopping':
      logger.info('no reload: the daemon shuts down');
      return;
    case 'failed':
      logger.error('the configuration could not be put in force; the old one runs on', {
        error: result.message,
      });
      return;
    case 'invalid':
      logger.error('the configuration is wrong; the old one runs on');
      for (const found of result.diagnostics) {
        if (found.severity !== 'error') continue;
        const { code, path, message, suggestion } = found;
        logger.error(`${placeOf(found)}${message}`, { key: path, code, suggestion });
      }
  }
}
