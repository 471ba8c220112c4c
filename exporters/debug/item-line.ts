import type { Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import { formatCount, formatRedactions } from './amounts.ts';
import type { Paint } from './palette.ts';
import { createRedactionReader } from './read-span.ts';
import { clipTerminalText, toTerminalText } from './terminal-text.ts';
import { toValueText } from './value-text.ts';

const maxBodyLength = 160;
/** Severity numbers from here on are WARN and ERROR (OTel logs data model). */
const warnSeverity = 13;
const errorSeverity = 17;

/** Prints the log record or metric under a batch's cursor as one line. */
export type ItemLine = (item: Item) => string;

/** Log records: `2026-11-21T03:56:47.123Z INFO gen_ai.choice body trace 5b8a… redacted 1 (email 1)`. */
export function createLogLine(keys: Keys, paint: Paint): ItemLine {
  const readRedactions = createRedactionReader(keys);
  const eventName = keys.key('event.name');
  return (record) => {
    const redacted = formatRedactions(readRedactions(record.attributes));
    const name = record.name === '' ? (record.attributes.string(eventName) ?? '') : record.name;
    const body = record.body;
    return [
      paint('dim', isoTime(record.startTimeUnixNano)),
      severity(record, paint),
      paint('bold', toTerminalText(name)),
      body === undefined ? '' : clipTerminalText(toValueText(body), maxBodyLength),
      record.traceId.isEmpty ? '' : paint('dim', `trace ${record.traceId.hex()}`),
      redacted === '' ? '' : paint('yellow', `redacted ${redacted}`),
    ]
      .filter((part) => part !== '')
      .join(' ');
  };
}

/** Metrics: `metric gen_ai.client.token.usage · 12 data points · my-service`. */
export function createMetricLine(keys: Keys, paint: Paint): ItemLine {
  const serviceName = keys.key('service.name');
  return (metric) => {
    const service = metric.resource.string(serviceName) ?? '';
    return [
      `metric ${paint('bold', toTerminalText(metric.name))}`,
      `${formatCount(metric.weight)} data ${metric.weight === 1 ? 'point' : 'points'}`,
      ...(service === '' ? [] : [toTerminalText(service)]),
    ].join(' · ');
  };
}

function severity(record: Item, paint: Paint): string {
  const text = toTerminalText(record.severityText);
  if (record.severityNumber >= errorSeverity) return paint('red', text === '' ? 'ERROR' : text);
  if (record.severityNumber >= warnSeverity) return paint('yellow', text === '' ? 'WARN' : text);
  return text;
}

function isoTime(unixNano: bigint): string {
  const date = new Date(Number(unixNano / 1_000_000n));
  return Number.isNaN(date.getTime()) ? String(unixNano) : date.toISOString();
}
