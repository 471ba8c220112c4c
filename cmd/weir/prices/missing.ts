import { resolveDataDir } from '../../../pipeline/config/data-dir.ts';
import { askClickHouse } from '../query/ask.ts';
import { openStore, type OpenStore } from '../query/connect.ts';
import { escapeControls } from '../query/escape-controls.ts';
import type { PriceOptions } from '../prices.ts';
import { printData, printJson, tell } from '../terminal.ts';
import { openBook } from './open-book.ts';

/** Options of `weir prices missing`. */
export interface MissingOptions extends PriceOptions {
  readonly endpoint?: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly json?: boolean;
}

/** Stored calls of one model that had no price. */
interface Missing {
  readonly provider: string;
  readonly model: string;
  readonly reason: string;
  readonly calls: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly last_seen: string;
  /** The card that prices it now; null where it still has none. */
  readonly priced_now: string | null;
}

/** What messages of the store begin with. */
const command = 'prices missing';

/** More models without a price than this are hostile names rather than models. */
const maxRows = 200;

const missingQuery = `SELECT GenAiProvider AS provider, if(GenAiResponseModel != '', GenAiResponseModel, GenAiRequestModel) AS model, SpanAttributes['genai.cost.reason'] AS reason, toUInt32(count()) AS calls, toFloat64(sum(ifNull(InputTokens, 0))) AS input_tokens, toFloat64(sum(ifNull(OutputTokens, 0))) AS output_tokens, toString(max(Timestamp)) AS last_seen FROM otel_traces WHERE CostStatus = 'unpriced' AND SpanAttributes['genai.cost.reason'] IN ('unknown_model', 'unknown_provider', 'unknown_tier', 'no_model', 'no_rate') GROUP BY provider, model, reason ORDER BY calls DESC, model LIMIT ${maxRows}`;

/** Prints the models of stored calls that had no price, the most called first. */
export async function printMissing(options: MissingOptions): Promise<void> {
  const { book } = await openBook(options);
  const rows = (await askStore(options)).map((row): Missing => {
    const provider = row.provider === '' ? undefined : row.provider;
    const price = book.find(provider, row.model, '').at(Date.now(), 'standard');
    const hasPrice = typeof price !== 'string' && row.reason !== 'unknown_tier';
    return { ...row, priced_now: hasPrice ? price.model : null };
  });
  if (options.json === true) printJson(rows);
  else if (rows.length === 0) tell('every stored call has a price, or no usage to price');
  else printData(toTable(rows));
}

type Row = Omit<Missing, 'priced_now'>;

async function askStore(options: MissingOptions): Promise<readonly Row[]> {
  const store = await open(options);
  try {
    const answer = await askClickHouse(store.connection, missingQuery, {
      format: 'JSONEachRow',
      settings: { output_format_json_array_of_rows: '1' },
      command,
    });
    // The columns are those of the query.
    return JSON.parse(answer.text === '' ? '[]' : answer.text) as Row[];
  } finally {
    await store.close();
  }
}

async function open(options: MissingOptions): Promise<OpenStore> {
  const { endpoint, user, password, database, dataDir } = options;
  if (endpoint !== undefined) {
    const connection = { url: endpoint, user, password, database };
    return { connection, close: () => Promise.resolve() };
  }
  return openStore(
    resolveDataDir('./weir-data', { dataDir, env: process.env, cwd: process.cwd() }),
    command,
  );
}

function toTable(rows: readonly Missing[]): string {
  const table = [
    ['provider', 'model', 'reason', 'calls', 'last seen', 'now'],
    ...rows.map((row) => [
      escapeControls(row.provider),
      escapeControls(row.model),
      row.reason,
      String(row.calls),
      row.last_seen.slice(0, 'YYYY-MM-DD hh:mm:ss'.length),
      row.priced_now === null ? 'no price' : `priced as ${row.priced_now}`,
    ]),
  ];
  const widths = table[0]?.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths?.[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
