import type { TestContext } from 'node:test';
import { startDaemon, type DaemonOptions, type TestDaemon } from '../../support/daemon.ts';
import {
  startGrpcSink,
  startHttpSink,
  type ListenOptions,
  type Sink,
  type SinkScript,
} from './sink.ts';

/** Starts a daemon that ends with the test. */
export async function startDaemonFor(
  test: TestContext,
  config: string,
  options: DaemonOptions = {},
): Promise<TestDaemon> {
  const daemon = await startDaemon(config, options);
  test.after(() => daemon.remove());
  return daemon;
}

/** What a sink can stand behind. */
export const overHttp: SinkKind = { type: 'otlp_http', start: startHttpSink };
export const overGrpc: SinkKind = { type: 'otlp', start: startGrpcSink };

interface SinkKind {
  /** Of the exporter. */
  readonly type: string;
  readonly start: (script?: SinkScript, options?: ListenOptions) => Promise<Sink>;
}

/** Starts a sink that ends with the test. */
export async function startSinkFor(
  test: TestContext,
  kind: SinkKind,
  script?: SinkScript,
): Promise<Sink> {
  const sink = await kind.start(script);
  test.after(() => sink.close());
  return sink;
}
