import { createPaint, wantsColour } from '../../../exporters/debug/palette.ts';
import { totalOf } from '../../../exporters/debug/span-row.ts';
import type { SpanRow } from '../../../exporters/debug/span-row.ts';
import { renderTotals, renderTraces } from '../../../exporters/debug/trace-tree.ts';
import { resolveDataDir } from '../../../pipeline/config/data-dir.ts';
import { CommandFailure, exitCodes } from '../exit-code.ts';
import type { RunHooks } from '../run-command.ts';
import { printData, printJson, tell } from '../terminal.ts';
import { startDaemon } from './daemon-child.ts';
import type { DaemonChild } from './daemon-child.ts';
import { isListening } from './is-listening.ts';
import { readBack } from './read-back.ts';
import type { Expected, ReadBack } from './read-back.ts';
import { sendCaptures } from './send-captures.ts';

/** Options of `weir demo`. */
export interface DemoOptions {
  readonly grpcEndpoint: string;
  readonly httpEndpoint: string;
  readonly dataDir?: string;
  readonly config?: readonly string[];
  readonly set?: readonly string[];
  readonly start?: boolean;
  readonly once?: boolean;
  readonly json?: boolean;
}

const readBackTimeoutMs = 15_000;

/** Sends the recorded requests, prints what came back, and, where it started the daemon, serves on until asked to stop. */
export async function runDemo(options: DemoOptions, hooks: RunHooks): Promise<void> {
  const endpoints = { grpc: toUrl(options.grpcEndpoint), http: toUrl(options.httpEndpoint) };
  const daemon = await findDaemon(options, [endpoints.grpc, endpoints.http], hooks);
  try {
    await showTraces(options);
  } catch (error) {
    const isInterrupted = daemon?.stopAsked === true;
    await stop(daemon);
    if (isInterrupted) return;
    throw error;
  }
  if (daemon === undefined) return;
  if (options.once === true) await stop(daemon);
  else await serveOn(daemon);
}

async function showTraces(options: DemoOptions): Promise<void> {
  const { grpcEndpoint: grpc, httpEndpoint: http } = options;
  const expected = await sendCaptures({ grpc, http }, Date.now());
  const count = String(expected.traceIds.length);
  tell(`sent ${count} traces to ${grpc} and ${http}; reading them back`);
  const dataDir = resolveDataDir('./weir-data', {
    dataDir: options.dataDir,
    env: process.env,
    cwd: process.cwd(),
  });
  const found = await readBack(dataDir, expected, readBackTimeoutMs);
  if (found.rows.length === 0) throw nothingCameBack(dataDir, found);
  const rows = [...found.rows].sort((a, b) => traceOrder(expected, a) - traceOrder(expected, b));
  tell(`read back from ${found.source ?? dataDir}\n`);
  if (options.json === true) printJson({ spans: rows.map(toJson), totals: totalOf(rows) });
  else printTraces(rows);
  const missing = expected.spans - rows.length;
  if (missing > 0) tell(`${String(missing)} of ${String(expected.spans)} spans did not come back`);
  tellNextSteps(options, found);
}

function traceOrder({ traceIds }: Expected, row: SpanRow): number {
  return traceIds.indexOf(row.traceId);
}

function printTraces(rows: readonly SpanRow[]): void {
  const paint = createPaint(wantsColour(process.stdout));
  printData(renderTraces(rows, paint));
  const traces = new Set(rows.map((row) => row.traceId)).size;
  printData(
    `\n${paint('bold', 'total')} ${String(traces)} traces · ${renderTotals(totalOf(rows), paint)}`,
  );
}

function toJson(row: SpanRow): object {
  return { ...row, startTimeUnixNano: String(row.startTimeUnixNano) };
}

function nothingCameBack(dataDir: string, { storeError }: ReadBack): CommandFailure {
  const seconds = String(readBackTimeoutMs / 1000);
  const store =
    storeError === undefined
      ? `No spans of this run are in the embedded ClickHouse or in telemetry.jsonl of ${dataDir}.`
      : `The embedded ClickHouse of ${dataDir} does not answer: ${storeError}`;
  return new CommandFailure(
    `the daemon took the traces, and nothing came back within ${seconds} s.\n${store}\n` +
      `Does the daemon use another data directory (--data-dir), or a configuration without a clickhouse exporter?`,
  );
}

function tellNextSteps({ httpEndpoint }: DemoOptions, { source }: ReadBack): void {
  const isStored = source?.startsWith('the embedded') === true;
  const query =
    'SELECT SpanName, GenAiResponseModel, InputTokens, OutputTokens, CostUsd FROM otel_traces ORDER BY Timestamp DESC LIMIT 10';
  tell(
    [
      '\nNext:',
      ...(isStored ? ['  ask the store', `    npx weir query "${query}"`] : []),
      '  point your own app here',
      `    export OTEL_EXPORTER_OTLP_ENDPOINT=${httpEndpoint}`,
      '    export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    ].join('\n'),
  );
}

/** Undefined where a daemon that runs already is used. */
async function findDaemon(
  options: DemoOptions,
  endpoints: readonly URL[],
  hooks: RunHooks,
): Promise<DaemonChild | undefined> {
  const states = await Promise.all(endpoints.map(isListening));
  if (states.every(Boolean)) return undefined;
  const closed = endpoints.filter((_endpoint, index) => states[index] !== true);
  const list = closed.map((endpoint) => endpoint.host).join(' and ');
  if (options.start !== true) {
    const mend = 'run "weir" in another terminal, or "weir demo --start"';
    throw new CommandFailure(`nothing listens on ${list}: ${mend}`, exitCodes.unreachable);
  }
  if (closed.length < endpoints.length) {
    const taken = endpoints.filter((endpoint) => !closed.includes(endpoint));
    const host = taken.map((endpoint) => endpoint.host).join(' and ');
    throw new CommandFailure(
      `${host} is taken by another program while ${list} is free, so no daemon can be started: end that program, or choose other ports with --grpc-endpoint and --http-endpoint`,
    );
  }
  tell('starting the daemon');
  return await startDaemon(daemonArguments(options), endpoints, hooks);
}

function daemonArguments(options: DemoOptions): string[] {
  const protocols = 'receivers.otlp.protocols';
  const sets = [
    `${protocols}.grpc.endpoint=${toUrl(options.grpcEndpoint).host}`,
    `${protocols}.http.endpoint=${toUrl(options.httpEndpoint).host}`,
    ...(options.set ?? []),
  ];
  return [
    ...(options.config ?? []).flatMap((file) => ['--config', file]),
    ...sets.flatMap((set) => ['--set', set]),
    ...(options.dataDir === undefined ? [] : ['--data-dir', options.dataDir]),
  ];
}

async function serveOn(daemon: DaemonChild): Promise<void> {
  tell('\nThe daemon serves on; Ctrl-C stops it.');
  const code = await daemon.ended;
  if (code !== 0) throw new CommandFailure(`the daemon ended with exit code ${String(code)}`);
}

async function stop(daemon: DaemonChild | undefined): Promise<void> {
  if (daemon?.stopAsked === false) daemon.stop();
  await daemon?.ended;
}

function toUrl(endpoint: string): URL {
  if (/^https?:\/\//.test(endpoint) && URL.canParse(endpoint)) return new URL(endpoint);
  const message = `"${endpoint}" is not an endpoint (write http://127.0.0.1:4317)`;
  throw new CommandFailure(message, exitCodes.usage);
}
