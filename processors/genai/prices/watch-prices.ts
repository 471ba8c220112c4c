import type { ComponentContext } from '../../../pipeline/component/context.ts';
import type { Lifecycle } from '../../../pipeline/component/lifecycle.ts';
import { isReloader, reloaderOffer } from '../../../pipeline/graph/reloader.ts';
import { fetchSource, fingerprintOf, isUrl, pathOf } from './fetch-catalogue.ts';
import { type KeptCatalogue, readKept, writeKept } from './kept-catalogue.ts';
import { type CatalogueText, loadBundledCatalogue } from './load-catalogue.ts';
import { type CatalogueProblem, readCatalogueFile, toCatalogue } from './prepare-prices.ts';
import type { PriceSources } from './price-book.ts';
import type { CatalogSettings } from './price-options.ts';

/** How often a file is looked at, and how old the age of the catalogue may be in the metrics. */
const lookMs = 10_000;

/** What the watch needs of its component's context. */
export type WatchContext = Pick<
  ComponentContext,
  'id' | 'dataDir' | 'clock' | 'logger' | 'meter' | 'offer'
>;

/**
 * Watches where the catalogue comes from while the processor runs, and asks for a reload of the daemon once there is another
 * good one. A bad one is counted and logged, and changes nothing. Bundled prices are only told the age of.
 * @param running the prices that the workers have.
 */
export function createPriceWatch(
  settings: CatalogSettings,
  running: PriceSources,
  context: WatchContext,
): Lifecycle {
  const stopped = new AbortController();
  const { clock, meter } = context;
  const look = createLook(settings, running, { ...context, signal: stopped.signal });
  let over: Promise<void> = Promise.resolve();
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const confirmedMs = await look();
      const ageSeconds = Math.max(0, clock.now() - confirmedMs) / 1000;
      meter.gauge('weir_processor_genai_catalog_age_seconds', ageSeconds);
      await clock.sleep(lookMs, stopped.signal).catch(() => undefined);
    }
  };
  return {
    start: () => {
      over = loop();
      return Promise.resolve();
    },
    shutdown: async () => {
      stopped.abort();
      await over;
    },
  };
}

/** Looks at the source where it is time to; resolves with the time up to which the catalogue is known to be right. */
type Look = () => Promise<number>;

type LookContext = WatchContext & { readonly signal: AbortSignal };

function createLook(settings: CatalogSettings, running: PriceSources, context: LookContext): Look {
  const releasedMs = Date.parse(`${running.overlay.released}T00:00:00Z`);
  if (settings.source === 'bundled') return () => Promise.resolve(releasedMs);
  const takeIn = createTakeIn(running, context);
  return isUrl(settings.source)
    ? createUrlLook(settings, { takeIn, context, releasedMs })
    : createFileLook(settings, takeIn, context);
}

function createFileLook(settings: CatalogSettings, takeIn: TakeIn, context: LookContext): Look {
  const path = pathOf(settings.source);
  let seen: string | undefined;
  let confirmedMs = context.clock.now();
  return async () => {
    const fingerprint = await fingerprintOf(path);
    if (fingerprint === seen) {
      if (!takeIn.isBroken()) confirmedMs = context.clock.now();
      return confirmedMs;
    }
    seen = fingerprint;
    const kept = await readKept(context, settings.source);
    const read = await readCatalogueFile(settings, kept?.json);
    if (await takeIn.take(read, { source: settings.source })) confirmedMs = context.clock.now();
    return confirmedMs;
  };
}

interface UrlLook {
  readonly takeIn: TakeIn;
  readonly context: LookContext;
  /** When the bundled catalogue was published, which stands in until the URL has answered. */
  readonly releasedMs: number;
}

function createUrlLook(settings: CatalogSettings, { takeIn, context, releasedMs }: UrlLook): Look {
  const { source, refresh_interval: intervalMs } = settings;
  const { clock, signal } = context;
  let askedMs: number | undefined;
  const isDue = (lastMs: number | undefined): boolean =>
    lastMs === undefined || (intervalMs > 0 && clock.now() - lastMs >= intervalMs);
  return async () => {
    const kept = await readKept(context, source);
    const knownMs = kept?.confirmedMs ?? releasedMs;
    if (!isDue(askedMs ?? kept?.confirmedMs)) return knownMs;
    askedMs = clock.now();
    const { read, etag } = await ask(settings, kept, signal);
    if (signal.aborted) return knownMs;
    return (await takeIn.take(read, { source, etag })) ? askedMs : knownMs;
  };
}

interface Asked {
  readonly read: CatalogueText | CatalogueProblem;
  readonly etag: string | undefined;
}

async function ask(
  settings: CatalogSettings,
  kept: KeptCatalogue | undefined,
  signal: AbortSignal,
): Promise<Asked> {
  const answer = await fetchSource(settings.source, {
    etag: kept?.etag,
    timeoutMs: settings.timeout,
    maxBytes: settings.max_size,
    signal,
  });
  switch (answer.kind) {
    case 'failed':
      return { read: answer, etag: undefined };
    case 'unchanged':
      return { read: kept ?? nothingKept, etag: kept?.etag };
    case 'text': {
      const before = kept?.json ?? loadBundledCatalogue().json;
      return { read: toCatalogue(answer.text, before, settings), etag: answer.etag };
    }
  }
}

const nothingKept: CatalogueProblem = {
  fault: 'http_status',
  message: 'it answered 304 to a question without a tag',
};

/** Takes in what a source said. */
interface TakeIn {
  /** Keeps a good catalogue and asks for a reload where it is another; false where it was a bad one. */
  take(
    read: CatalogueText | CatalogueProblem,
    from: Pick<KeptCatalogue, 'source' | 'etag'>,
  ): Promise<boolean>;
  /** Whether the last one was bad. */
  isBroken(): boolean;
}

function createTakeIn(running: PriceSources, context: LookContext): TakeIn {
  const { meter, logger, clock } = context;
  let isBroken = false;
  let askedFor = running.id;
  const count = (result: string, reason: string): void => {
    meter.count('weir_processor_genai_catalog_refreshes_total', { result, reason });
  };
  return {
    isBroken: () => isBroken,
    take: async (read, from) => {
      isBroken = 'fault' in read;
      if ('fault' in read) {
        count('failed', read.fault);
        logger.error('the new price catalogue cannot be used; the one before stays in force', {
          source: from.source,
          reason: read.fault,
          error: read.message,
        });
        return false;
      }
      const { id, json } = read;
      await keep(context, { ...from, id, json, confirmedMs: clock.now() });
      count(id === askedFor ? 'unchanged' : 'updated', '');
      if (id === askedFor) return true;
      askedFor = id;
      logger.info('there is another price catalogue; reloading', { source: from.source, id });
      requestReload(context);
      return true;
    },
  };
}

async function keep(context: LookContext, kept: KeptCatalogue): Promise<void> {
  try {
    await writeKept(context, kept);
  } catch (error) {
    context.logger.warn('the price catalogue could not be kept for the next start', {
      error: error instanceof Error ? error.message : String(error),
    });
  }
}

/** The next graph prepares the processor anew. Not waited for: it ends this watch. */
function requestReload({ offer, logger }: LookContext): void {
  const reloader = offer(reloaderOffer);
  if (isReloader(reloader)) void reloader.reload('request');
  else logger.warn('nothing here can reload; the new prices count from the next start');
}
