import { Command } from 'commander';
import { addConfigOptions, type ConfigOptions } from './config-options.ts';
import { printData, printJson, tell } from './terminal.ts';

/** `--config`, which of its processors is meant, and how findings are printed. */
type ExplainOptions = ConfigOptions & { readonly processor?: string; readonly json?: boolean };

/** `weir explain`: what redaction would find in a file, and where, without the values. */
export function createExplainCommand(): Command {
  return addConfigOptions(new Command('explain'))
    .summary('show what redaction would find in a file, without the values')
    .description(
      'Show what the processor redaction would find in a file, where, and what would\nbecome of it; never the values. Takes OTLP/JSON, one request or one a line, and\nany other text line by line.',
    )
    .argument('<file>', 'file to look into; - reads standard input')
    .option('--processor <id>', 'the redaction processor, where the configuration has several')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ weir explain traces.json -c config.yaml')
    .action(explain);
}

async function explain(file: string, options: ExplainOptions): Promise<void> {
  const { findPersonalData } = await import('./explain/find-personal-data.ts');
  const findings = await findPersonalData(file, options);
  if (options.json === true) {
    printJson(findings);
    return;
  }
  const columns = ['request', 'item', 'place', 'entity', 'action', 'offset', 'length'] as const;
  const rows = findings.map((finding) => ({
    ...finding,
    place: finding.key === '' ? finding.place : `${finding.place} ${finding.key}`,
  }));
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column])))];
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((line) => (line[index] ?? '').length)),
  );
  if (rows.length > 0) {
    for (const line of lines) {
      printData(
        line
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd(),
      );
    }
  }
  tell(rows.length === 1 ? '1 value would be found' : `${rows.length} values would be found`);
}
