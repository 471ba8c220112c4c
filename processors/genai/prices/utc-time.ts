const isoTime = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * A date (midnight) or an ISO time as milliseconds since the epoch; UTC where no offset is named, whatever zone the machine
 * is in. NaN for anything else.
 */
export function parseUtcTime(text: string): number {
  const match = isoTime.exec(text);
  if (match === null) return Number.NaN;
  const isDate = text.length === dateLength;
  return Date.parse(isDate || match[1] !== undefined ? text : `${text}Z`);
}

const dateLength = '2026-10-01'.length;
