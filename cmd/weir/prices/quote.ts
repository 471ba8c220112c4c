import { text as readText } from 'node:stream/consumers';
import { suggest } from '../../../pipeline/config/suggest.ts';
import { quoteJson, quoteKeys } from '../../../processors/genai/prices/quote-json.ts';
import { parseUtcTime } from '../../../processors/genai/prices/utc-time.ts';
import { CommandFailure, exitCodes } from '../exit-code.ts';
import type { PriceOptions } from '../prices.ts';
import { printJson, tell } from '../terminal.ts';
import { openBook } from './open-book.ts';

/**
 * Prints what a call costs; says of keys that are not read that they are not, because a mistyped count would be missing from
 * the cost. @throws CommandFailure with exit code 2 where it is no JSON object, or its `at` no time.
 */
export async function printQuote(json: string | undefined, options: PriceOptions): Promise<void> {
  const text = json === undefined || json === '-' ? await readText(process.stdin) : json;
  const request = parseRequest(text);
  const { quoter } = await openBook(options);
  warnOfUnread(request);
  printJson(quoteJson(quoter, request, Date.now()));
}

function warnOfUnread(request: Readonly<Record<string, unknown>>): void {
  const { usage } = request;
  const isMap = typeof usage === 'object' && usage !== null;
  for (const [where, value, known] of [
    ['', request, quoteKeys.request],
    ['usage.', isMap ? usage : {}, quoteKeys.usage],
  ] as const) {
    for (const key of Object.keys(value)) {
      if (known.some((name) => name === key)) continue;
      const meant = suggest(key, known);
      const hint = meant === undefined ? `known: ${known.join(', ')}` : `did you mean "${meant}"?`;
      tell(`weir prices quote: ${where}${key} is not read (${hint})`);
    }
  }
}

function parseRequest(text: string): Readonly<Record<string, unknown>> {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`weir prices quote: this is no JSON: ${reason}`, exitCodes.usage);
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw new CommandFailure(
      'weir prices quote: expected {"provider": …, "model": …, "usage": {…}}',
      exitCodes.usage,
    );
  }
  const fields: Readonly<Record<string, unknown>> = { ...request };
  checkTime(fields['at']);
  return fields;
}

function checkTime(at: unknown): void {
  if (typeof at !== 'string' || !Number.isNaN(parseUtcTime(at))) return;
  throw new CommandFailure(
    `weir prices quote: at: "${at}" is no time (write 2026-10-01, or 2026-10-01T08:00:00Z)`,
    exitCodes.usage,
  );
}
