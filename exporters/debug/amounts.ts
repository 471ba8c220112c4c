import type { Tokens } from './span-row.ts';

/** A duration as a person reads it: `850 µs`, `12.3 ms`, `1.24 s`, `2m 05s`. */
export function formatDuration(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 100) return `${trimZeros(ms.toFixed(1))} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`;
}

/** Dollars with three significant digits and never an exponent: `$1.24`, `$0.00214`, `$0.000000451`. */
export function formatUsd(usd: number): string {
  if (usd === 0 || !Number.isFinite(usd)) return usd === 0 ? '$0' : '$?';
  if (Math.abs(usd) >= 1) return `$${usd.toFixed(2)}`;
  const decimals = Math.min(12, 2 - Math.floor(Math.log10(Math.abs(usd))));
  return `$${trimZeros(usd.toFixed(decimals))}`;
}

/** A count with thousands separated: `12,013`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1,013 in (507 cached) → 211 out (69 reasoning)`; '' where there are no counts. */
export function formatTokens(tokens: Tokens): string {
  const { input, output } = tokens;
  const parts: string[] = [];
  if (input !== undefined) {
    const cache = [part(tokens.cacheRead, 'cached'), part(tokens.cacheWrite, 'written')];
    parts.push(`${formatCount(input)} in${bracketed(cache)}`);
  }
  if (output !== undefined) {
    parts.push(`${formatCount(output)} out${bracketed([part(tokens.reasoning, 'reasoning')])}`);
  }
  return parts.join(' → ');
}

/** `3 (email 2, credit_card 1)`; '' where nothing was taken out. */
export function formatRedactions(redactions: Readonly<Record<string, number>>): string {
  const entities = Object.entries(redactions).filter(([, count]) => count > 0);
  const total = entities.reduce((sum, [, count]) => sum + count, 0);
  const named = entities.filter(([entity]) => entity !== 'masked');
  if (total === 0) return '';
  if (named.length === 0) return formatCount(total);
  const list = named.map(([entity, count]) => `${entity} ${formatCount(count)}`).join(', ');
  return `${formatCount(total)} (${list})`;
}

function part(count: number | undefined, name: string): string {
  return count === undefined || count === 0 ? '' : `${formatCount(count)} ${name}`;
}

function bracketed(parts: readonly string[]): string {
  const present = parts.filter((text) => text !== '');
  return present.length === 0 ? '' : ` (${present.join(', ')})`;
}

function trimZeros(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}
