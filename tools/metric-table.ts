import type { MetricDeclarations } from '../pipeline/component/context.ts';

/** Metrics as a Markdown table, by name. */
export function formatMetricTable(
  metrics: readonly { readonly of: string; readonly declarations: MetricDeclarations }[],
): string {
  const rows = metrics
    .flatMap(({ of, declarations }) =>
      Object.entries(declarations).map(([name, declaration]) => ({ of, name, ...declaration })),
    )
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const lines = rows.map(({ name, type, labels, of, help }) => {
    const labelText = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${labelText} | ${of} | ${help} |`;
  });
  return [
    '| metric | type | labels | of | what it tells |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}
