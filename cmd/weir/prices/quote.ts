import { text as readText } from 'node:stream/consumers';
import { quoteJson } from '../../../processors/genai/prices/quote-json.ts';
import { CommandFailure, exitCodes } from '../exit-code.ts';
import type { PriceOptions } from '../prices.ts';
import { printJson } from '../terminal.ts';
import { openBook } from './open-book.ts';

/** Prints what a call costs. @throws CommandFailure with exit code 2 where it is no JSON object. */
export async function printQuote(json: string | undefined, options: PriceOptions): Promise<void> {
  const text = json === undefined || json === '-' ? await readText(process.stdin) : json;
  const request = parseRequest(text);
  const { quoter } = await openBook(options);
  printJson(quoteJson(quoter, request, Date.now()));
}

function parseRequest(text: string): unknown {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`weir prices quote: this is no JSON: ${reason}`, exitCodes.usage);
  }
  if (typeof request === 'object' && request !== null && !Array.isArray(request)) return request;
  throw new CommandFailure(
    'weir prices quote: expected {"provider": …, "model": …, "usage": {…}}',
    exitCodes.usage,
  );
}
