import { ClickHouseError } from '@clickhouse/client';
import type { Outcome } from '../../pipeline/component/outcome.ts';

/** The server has too much to do, and will take the same rows later: memory, disk, queries at once, parts, read-only. */
const busyCodes = new Set(['202', '203', '209', '241', '242', '243', '252', '319', '999']);
/** Wrong user or password, or no right to the table. The data waits until somebody mends it. */
const authCodes = new Set(['192', '193', '194', '497', '516']);
/** The table or one of its columns is not there, or has another type. */
const schemaCodes = new Set(['8', '10', '16', '20', '44', '47', '53', '60', '81', '115']);
/** The rows themselves cannot be read: the same bytes fail again. */
const rowCodes = new Set([
  '6',
  '27',
  '32',
  '33',
  '36',
  '38',
  '41',
  '69',
  '72',
  '117',
  '131',
  '349',
]);
const timeoutCodes = new Set(['159', '160']);

/** Error codes of ClickHouse: https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp. */
export function toOutcome(error: unknown): Outcome {
  if (error instanceof ClickHouseError) return fromClickHouse(error);
  const message = error instanceof Error ? error.message : String(error);
  if (/timeout|aborted/i.test(message)) return { kind: 'retryable', cause: 'timeout', message };
  const isReset = /ECONNRESET|EPIPE|socket hang up/.test(message);
  return { kind: 'retryable', cause: isReset ? 'reset' : 'network', message };
}

/** Whether a table or column is missing: creating the schema again may help. */
export function isSchemaError(error: unknown): boolean {
  return error instanceof ClickHouseError && schemaCodes.has(error.code);
}

function fromClickHouse({ code, type = 'UNKNOWN', message }: ClickHouseError): Outcome {
  const name = `ClickHouse error ${code} (${type})`;
  if (busyCodes.has(code)) return { kind: 'retryable', cause: 'busy', message: name };
  if (authCodes.has(code)) {
    return { kind: 'retryable', cause: 'auth', message: `${name}: check username and password` };
  }
  if (timeoutCodes.has(code)) return { kind: 'retryable', cause: 'timeout', message: name };
  if (schemaCodes.has(code)) {
    // These messages name tables and columns, never values.
    return { kind: 'retryable', cause: 'server', message: `${name}: ${firstLine(message)}` };
  }
  // Messages about rows quote them, so only the code is passed on.
  if (rowCodes.has(code)) return { kind: 'rejected', message: name };
  // The server's state or the rows' doing: the delivery loop finds out which.
  return { kind: 'retryable', cause: 'internal', message: name };
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.slice(0, 300) ?? '';
}
