import { readFile } from 'node:fs/promises';
import { text as readText } from 'node:stream/consumers';
import type { Signal } from '../../../pipeline/component/signal.ts';
import type { Config } from '../../../pipeline/config/config.ts';
import { reasonOf } from '../../../pipeline/config/source.ts';
import { decodeJson } from '../../../pipeline/otlp/decode-json.ts';
import { redactionConfig } from '../../../processors/redaction/config.ts';
import type { Explained } from '../../../processors/redaction/explain-request.ts';
import { createExplainer } from '../../../processors/redaction/explain-request.ts';
import { prepareRedaction } from '../../../processors/redaction/prepare-redaction.ts';
import type { ConfigOptions } from '../config-options.ts';
import { loadConfigOptions } from '../config-options.ts';
import { CommandFailure, exitCodes } from '../exit-code.ts';
import { requireConfig } from '../report-config.ts';

/** A value in one of the requests of a file; of other text each line is an item of one request. */
export type Finding = Explained & { readonly request: number };

/** What the redaction of a configuration would find in a file. @throws CommandFailure where either cannot be read. */
export async function findPersonalData(
  file: string,
  options: ConfigOptions & { readonly processor?: string },
): Promise<Finding[]> {
  const raw = redactionOf(requireConfig(await loadConfigOptions(options)), options.processor);
  const config = redactionConfig.parse(raw ?? {});
  const explain = createExplainer(config, await prepareRedaction(config));
  const text = await read(file);
  return requestsOf(text).flatMap(([signal, request], index) =>
    explain(signal, request).map((explained) => ({ request: index, ...explained })),
  );
}

async function read(file: string): Promise<string> {
  try {
    return file === '-' ? await readText(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`weir explain: cannot read ${file}: ${reasonOf(error)}`);
  }
}

function redactionOf(config: Config, id: string | undefined): unknown {
  const found = [...config.processors.values()].filter(({ type }) => type === 'redaction');
  const [only, ...others] = id === undefined ? found : found.filter((spec) => spec.id === id);
  if (only === undefined) {
    throw new CommandFailure(
      id === undefined
        ? 'weir explain: the configuration has no redaction processor'
        : `weir explain: the configuration has no redaction processor ${id}`,
      exitCodes.usage,
    );
  }
  if (others.length > 0) {
    const ids = found.map((spec) => spec.id).join(', ');
    const message = `weir explain: say which is meant with --processor: ${ids}`;
    throw new CommandFailure(message, exitCodes.usage);
  }
  return only.raw;
}

type Request = readonly [signal: Signal, request: Uint8Array];

const signalOfKey: Readonly<Record<string, Signal>> = {
  resourceSpans: 'traces',
  resource_spans: 'traces',
  resourceLogs: 'logs',
  resource_logs: 'logs',
  resourceMetrics: 'metrics',
  resource_metrics: 'metrics',
};

/** The requests of a text: one, one a line, or, where it is no OTLP/JSON, its lines as log records. */
function requestsOf(text: string): readonly Request[] {
  const whole = requestOf(text);
  if (whole !== undefined) return [whole];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const requests = lines.map(requestOf);
  const known = requests.filter((request) => request !== undefined);
  if (known.length > 0 && known.length === lines.length) return known;
  return [['logs', toLogs(text.split('\n'))]];
}

function requestOf(text: string): Request | undefined {
  const signal = signalOfKey[/^\s*\{\s*"(\w+)"/.exec(text)?.[1] ?? ''];
  if (signal === undefined) return undefined;
  try {
    return [signal, decodeJson(signal, Buffer.from(text))];
  } catch {
    return undefined;
  }
}

function toLogs(lines: readonly string[]): Uint8Array {
  const logRecords = lines.map((line) => ({ body: { stringValue: line } }));
  const request = { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
  return decodeJson('logs', Buffer.from(JSON.stringify(request)));
}
