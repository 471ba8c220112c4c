/**
 * The candidate that was probably meant by `word`: the nearest in letters added, left out, changed or swapped, and no
 * more than about a third of the word away; or the only one that begins with it. Undefined where none is near.
 */
export function suggest(word: string, names: Iterable<string>): string | undefined {
  const candidates = [...names].filter((name) => name !== word);
  const wanted = normalize(word);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, normalize(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best ?? onlyLongerForm(wanted, candidates);
}

/** `max_elapsed` for `max_elapsed_time`: a word that begins just one candidate. */
function onlyLongerForm(wanted: string, candidates: readonly string[]): string | undefined {
  if (wanted.length < 4) return undefined;
  const longer = candidates.filter((candidate) => normalize(candidate).startsWith(wanted));
  return longer.length === 1 ? longer[0] : undefined;
}

/** `maxElapsedTime`, `max-elapsed-time` and `max_elapsed_time` are the same word to a person. */
function normalize(word: string): string {
  return word
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[-_. ]/g, '');
}

/** Damerau-Levenshtein distance with adjacent swaps. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, changed);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
