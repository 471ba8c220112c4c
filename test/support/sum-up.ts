/** Sums of one owner by metric. */
export type Sums = Readonly<Record<string, number>>;

/** Adds up the samples of a scrape by metric and pipeline or exporter, over all other labels. */
export function sumUp(text: string, label: 'pipeline' | 'exporter'): ReadonlyMap<string, Sums> {
  const sums = new Map<string, Record<string, number>>();
  for (const line of text.split('\n')) {
    const match = /^(weir_\w+)\{(.*)\} (\S+)$/.exec(line);
    const owner = new RegExp(`(?:^|,)${label}="([^"]*)"`).exec(match?.[2] ?? '')?.[1];
    if (match?.[1] === undefined || owner === undefined) continue;
    const own = sums.get(owner) ?? {};
    own[match[1]] = (own[match[1]] ?? 0) + Number(match[3]);
    sums.set(owner, own);
  }
  return sums;
}
