import { Command } from 'commander';
import type { Factories, Factory } from '../../pipeline/component/registry.ts';
import { printData, printJson } from './terminal.ts';

/** One row of `weir components`. */
export interface ComponentRow {
  readonly kind: string;
  readonly type: string;
  /** Signals, or signal pairs of a connector; empty for extensions. */
  readonly signals: readonly string[];
  readonly stability: string;
  /** Other spellings of the type. */
  readonly aliases: readonly string[];
}

/** `weir components`: what this build can be configured with. */
export function createComponentsCommand(): Command {
  return new Command('components')
    .summary('list the component types of this build')
    .description('List the component types of this build.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ weir components --json')
    .action(async (options: { readonly json?: boolean }) => {
      const { registry } = await import('./components.ts');
      const rows = listComponents(await registry.load(registry.types));
      if (options.json === true) printJson(rows);
      else printData(formatTable(rows));
    });
}

/** Component types by kind, aliases folded into their type. */
export function listComponents(factories: Factories): ComponentRow[] {
  const sections: readonly ReadonlyMap<string, Factory>[] = Object.values(factories);
  return sections.flatMap((types) =>
    [...new Set(types.values())].map((factory) => ({
      kind: factory.kind === 'setting' ? 'processor' : factory.kind,
      type: factory.type,
      signals: signalsOf(factory),
      stability: factory.stability,
      aliases: [...types.keys()].filter(
        (type) => type !== factory.type && types.get(type) === factory,
      ),
    })),
  );
}

function signalsOf(factory: Factory): readonly string[] {
  if (factory.kind === 'extension') return [];
  if (factory.kind !== 'connector') return factory.signals;
  return factory.connects.map(({ from, to }) => (from === to ? from : `${from}->${to}`));
}

function formatTable(rows: readonly ComponentRow[]): string {
  const lines = [
    ['KIND', 'TYPE', 'SIGNALS', 'STABILITY', 'ALSO'],
    ...rows.map((row) => [
      row.kind,
      row.type,
      row.signals.join(' '),
      row.stability,
      row.aliases.join(' '),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}
