import { startFakePrometheus } from '../../test/support/prometheus-fake.ts';
import type {
  FakeOptions,
  FakePrometheus,
  WrittenSample,
} from '../../test/support/prometheus-fake.ts';
import { startExporter, v2 } from './exporter-under-test.ts';
import type { ExporterUnderTest } from './exporter-under-test.ts';

/** An exporter and the server that it writes to. */
export interface Pair {
  readonly server: FakePrometheus;
  readonly exporter: ExporterUnderTest;
}

/** Each protocol, with the YAML that chooses it and a server that knows it. */
export const protocols = [
  { version: 1, yaml: '', options: { knowsV2: false } },
  { version: 2, yaml: v2, options: { knowsV2: true } },
] as const;

/** The time of the first points. */
export const t0 = 1_795_225_200_000;

const opened: { close(): Promise<void> }[] = [];

/** Starts a server, and an exporter whose other keys `yaml` has. */
export async function startPair(yaml = '', options: FakeOptions = {}): Promise<Pair> {
  const server = await startFakePrometheus(options);
  opened.push(server);
  return { server, exporter: await startOn(server, yaml) };
}

/** Starts an exporter for a server that another one writes to already. */
export async function startOn(server: FakePrometheus, yaml = ''): Promise<ExporterUnderTest> {
  const exporter = await startExporter(server.url, yaml);
  opened.push(exporter);
  return exporter;
}

/** Closes servers and exporters; for after each test. */
export async function closeOpened(): Promise<void> {
  for (const one of opened.splice(0).reverse()) await one.close();
}

/** The values that a server has of each series, in the order in which they came. */
export function storedOf({
  stored,
}: FakePrometheus): Record<string, readonly WrittenSample['value'][]> {
  return Object.fromEntries(
    Array.from(stored, ([name, samples]) => [name, samples.map(({ value }) => value)]),
  );
}
