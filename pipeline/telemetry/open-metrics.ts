/**
 * Rewrites the text format of Prometheus as OpenMetrics, without the end mark: counters are named without `_total` there,
 * and those that do not end in it are of no known type.
 */
export function toOpenMetrics(text: string): string {
  const counters = new Set<string>();
  for (const [, name] of text.matchAll(/^# TYPE (\S+) counter$/gm)) counters.add(name ?? '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const comment = /^# (HELP|TYPE) (\S+)(.*)$/.exec(line);
      const [, keyword = '', name = '', rest = ''] = comment ?? [];
      if (comment === null || !counters.has(name)) return `${line}\n`;
      if (name.endsWith('_total')) return `# ${keyword} ${name.slice(0, -6)}${rest}\n`;
      return `# ${keyword} ${name}${keyword === 'TYPE' ? ' unknown' : rest}\n`;
    })
    .join('');
}
