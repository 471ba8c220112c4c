import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailure } from '../exit-code.ts';
import { createOtlpSender } from '../otlp-sender.ts';
import type { OtlpProtocol, OtlpSender } from '../otlp-sender.ts';
import { printData, printJson, tell } from '../terminal.ts';
import type { DialectName } from './dialect.ts';
import { encodeTraces } from './encode-traces.ts';
import type { PlacedTrace } from './encode-traces.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { addOutcome, describeTally, emptyTally } from './tally.ts';
import type { Tally } from './tally.ts';
import { createTraffic } from './traffic.ts';
import type { NextTrace } from './traffic.ts';

/** Options of `weir generate`, parsed. */
export interface GenerateOptions {
  readonly dialect: DialectName | 'mixed';
  /** Spans a second; 0 means as fast as the endpoint takes them. */
  readonly rate: number;
  /** Milliseconds; undefined where `count` alone ends the run. */
  readonly duration?: number;
  /** Spans; the trace that reaches it is sent whole. */
  readonly count?: number;
  readonly endpoint?: string;
  readonly http?: true | 'proto' | 'json';
  readonly seed?: number;
  readonly pii?: boolean;
  readonly json?: boolean;
}

const defaultDurationMs = 10_000;
const tickMs = 50;
/** As the batch processor of an SDK sends at most. */
const maxSpansPerRequest = 512;
/** More would measure the sockets' queues rather than the endpoint. */
const maxInFlight = 8;

/** Sends made-up traffic, shows how far it is, and prints what became of it. @throws CommandFailure where sends failed. */
export async function runGenerate(options: GenerateOptions): Promise<void> {
  const protocol = protocolOf(options);
  const endpoint = options.endpoint ?? `http://127.0.0.1:${protocol === 'grpc' ? '4317' : '4318'}`;
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  tell(`sending ${options.dialect} spans to ${endpoint} (${protocol}), seed ${String(seed)}`);
  const sender = await createOtlpSender(protocol, endpoint);
  const nextTrace = createTraffic({ ...options, seed, personalData: options.pii === true });
  const progress = createProgress(process.stderr);
  const startMs = performance.now();
  const tally = await sendTraffic({ ...toLimits(options), protocol, sender, nextTrace, progress });
  const elapsedMs = performance.now() - startMs;
  progress.finish();
  await sender.close();
  if (options.json === true) printJson({ ...tally, elapsed_ms: Math.round(elapsedMs), seed });
  else printData(describeTally(tally, elapsedMs));
  if (tally.failed + tally.rejected === 0) return;
  throw new CommandFailure(`not everything was accepted: ${tally.reason}`);
}

function protocolOf({ http }: GenerateOptions): OtlpProtocol {
  if (http === undefined) return 'grpc';
  return http === 'json' ? 'http_json' : 'http_proto';
}

interface Limits {
  readonly rate: number;
  readonly maxSpans: number;
  readonly maxMs: number;
}

function toLimits({ rate, count, duration }: GenerateOptions): Limits {
  const untilCount = count === undefined ? defaultDurationMs : Infinity;
  return { rate, maxSpans: count ?? Infinity, maxMs: duration ?? untilCount };
}

interface Run extends Limits {
  readonly protocol: OtlpProtocol;
  readonly sender: OtlpSender;
  readonly nextTrace: NextTrace;
  readonly progress: Progress;
}

/** Each tick sends what the rate has come to since the start, so that a slow tick is made up for. */
async function sendTraffic(run: Run): Promise<Tally> {
  let tally = emptyTally;
  let made = 0;
  const inFlight = new Set<Promise<void>>();
  const startMs = performance.now();
  const send = (traces: readonly PlacedTrace[], spans: number): void => {
    const body = encodeTraces(traces, run.protocol === 'http_json' ? 'json' : 'proto');
    const sending = run.sender.send('traces', body).then((outcome) => {
      tally = addOutcome(tally, spans, outcome);
      inFlight.delete(sending);
    });
    inFlight.add(sending);
  };
  for (;;) {
    const elapsedMs = performance.now() - startMs;
    const timeShare = run.maxMs === 0 ? 1 : elapsedMs / run.maxMs;
    run.progress.show(Math.max(timeShare, tally.sent / run.maxSpans), tally, elapsedMs);
    if (elapsedMs >= run.maxMs || made >= run.maxSpans) break;
    const wanted = run.rate === 0 ? Infinity : (run.rate * elapsedMs) / 1000;
    const due = Math.min(wanted, run.maxSpans) - made;
    if (due < 1) await delay(tickMs);
    else {
      const { traces, spans } = gather(run.nextTrace, Math.min(due, maxSpansPerRequest));
      made += spans;
      send(traces, spans);
      if (inFlight.size >= maxInFlight) await Promise.race(inFlight);
    }
  }
  await Promise.all(inFlight);
  return tally;
}

/** Whole traces of at least so many spans. */
function gather(
  nextTrace: NextTrace,
  wanted: number,
): { readonly traces: readonly PlacedTrace[]; readonly spans: number } {
  const traces: PlacedTrace[] = [];
  let spans = 0;
  while (spans < wanted) {
    const trace = nextTrace(Date.now());
    traces.push(trace);
    spans += trace.steps.length;
  }
  return { traces, spans };
}
