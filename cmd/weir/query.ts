import { text as readText } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { resolveDataDir } from '../../pipeline/config/data-dir.ts';
import { askClickHouse } from './query/ask.ts';
import type { OpenStore } from './query/connect.ts';
import { exampleQueries, tablesQuery } from './query/examples.ts';
import { renderTable, tableFormat } from './query/table.ts';
import { printData, tell } from './terminal.ts';

/** How rows are printed. */
type OutputFormat = 'table' | 'json' | 'csv';

interface QueryOptions {
  readonly format: OutputFormat;
  readonly json?: boolean;
  readonly write?: boolean;
  readonly dataDir?: string;
  readonly endpoint?: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** The answer's format for each way of printing. */
const clickHouseFormats: Readonly<Record<OutputFormat, string>> = {
  table: tableFormat,
  json: 'JSONEachRow',
  csv: 'CSVWithNames',
};

/** Where a command writes. */
interface Output {
  /** Data, to standard output. */
  printData(text: string): void;
  /** Words for a person, to standard error. */
  tell(text: string): void;
}

const terminal: Output = {
  printData,
  tell: (text) => {
    if (process.stderr.isTTY) tell(text);
  },
};

/** `weir query`: SQL on the embedded store of a running or stopped daemon, or on a ClickHouse server. */
export function createQueryCommand(output: Output = terminal): Command {
  return new Command('query')
    .summary('ask the stored spans, logs and metrics in SQL')
    .description(
      'Ask the stored spans, logs and metrics in SQL: the embedded store of the daemon on this data directory, running or stopped, or a ClickHouse server.',
    )
    .argument(
      '[sql]',
      'one statement; - reads it from standard input; without it: what there is to ask',
    )
    .addOption(
      new Option('-f, --format <format>', 'how rows are printed')
        .choices(Object.keys(clickHouseFormats))
        .default('table'),
    )
    .option('--json', 'same as --format json')
    .option('--write', 'let the statement change what the embedded store holds')
    .option('--data-dir <dir>', 'where the daemon keeps its data (WEIR_DATA_DIR, ./weir-data)')
    .option('--endpoint <url>', 'ask this ClickHouse server instead')
    .option('--user <name>', 'user of the server', 'default')
    .addOption(
      new Option('--password <password>', 'its password').env('CLICKHOUSE_PASSWORD').default(''),
    )
    .option('--database <name>', 'database of the server', 'default')
    .addHelpText('after', `\nExample:\n  $ weir query "SELECT count() FROM otel_traces"`)
    .action((sql: string | undefined, options: QueryOptions) => runQuery(sql, options, output));
}

async function runQuery(
  argument: string | undefined,
  options: QueryOptions,
  output: Output,
): Promise<void> {
  const sql = argument === '-' ? await readText(process.stdin) : argument;
  const store = await open(options);
  try {
    if (sql === undefined || sql.trim() === '') await printOverview(store, output);
    else {
      const format = options.json === true ? 'json' : options.format;
      const mayWrite = options.write === true || options.endpoint !== undefined;
      await printAnswer(store, { sql, format, output, mayWrite });
    }
  } finally {
    await store.close();
  }
}

async function open(options: QueryOptions): Promise<OpenStore> {
  const { endpoint, user, password, database, dataDir } = options;
  if (endpoint === undefined) {
    const { openStore } = await import('./query/connect.ts');
    return openStore(
      resolveDataDir('./weir-data', { dataDir, env: process.env, cwd: process.cwd() }),
    );
  }
  const connection = { url: endpoint, user, password, database };
  return { connection, close: () => Promise.resolve() };
}

interface Question {
  readonly sql: string;
  readonly format: OutputFormat;
  readonly output: Output;
  /** False: the engine refuses what changes tables, because one wrong word must not cost the traces. */
  readonly mayWrite: boolean;
}

async function printAnswer({ connection }: OpenStore, question: Question): Promise<void> {
  const { sql, output } = question;
  const format = clickHouseFormats[question.format];
  const settings = {
    ...(!question.mayWrite && { readonly: '2' }),
    ...(format === 'JSONEachRow' && { output_format_json_array_of_rows: '1' }),
  };
  const answer = await askClickHouse(connection, sql, { format, settings });
  if (answer.text === '') return;
  // A statement with a FORMAT of its own is printed as it asks to be.
  if (answer.format !== tableFormat) {
    output.printData(answer.text);
    return;
  }
  const table = renderTable(answer.text);
  output.printData(table.text);
  output.tell(`${table.rows} ${table.rows === 1 ? 'row' : 'rows'}`);
  if (table.isCut) output.tell('long values are cut; --json prints them whole');
}

async function printOverview(store: OpenStore, output: Output): Promise<void> {
  output.printData('Questions to start with:\n');
  for (const { question, sql } of exampleQueries) {
    output.printData(`# ${question}\nweir query "${sql}"\n`);
  }
  output.printData('Tables:\n');
  await printAnswer(store, { sql: tablesQuery, format: 'table', output, mayWrite: true });
}
