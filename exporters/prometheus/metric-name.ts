/** What becomes of a metric's name, besides the metric itself. */
export interface NameOptions {
  readonly namespace: string;
  readonly hasSuffixes: boolean;
}

/** What the rules of the OpenTelemetry specification look at ("Prometheus and OpenMetrics compatibility"). */
export interface NamedMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'counter' | 'gauge' | 'histogram' | 'summary';
}

/** UCUM units as Prometheus spells them. */
const units: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};

const perUnits: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/** Translates a metric's name: `gen_ai.client.operation.duration` in s is `gen_ai_client_operation_duration_seconds`. */
export function toMetricName(metric: NamedMetric, options: NameOptions): string {
  let words = metric.name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
  if (options.hasSuffixes) {
    for (const word of unitWords(metric.unit)) if (!words.includes(word)) words.push(word);
    words = withSuffix(words, metric);
  }
  if (options.namespace !== '') words.unshift(options.namespace.replace(/[^a-zA-Z0-9_:]/g, '_'));
  const name = words.join('_');
  return /^[a-zA-Z_:]/.test(name) ? name : `_${name}`;
}

function withSuffix(words: readonly string[], { kind, unit }: NamedMetric): string[] {
  if (kind === 'counter') return [...words.filter((word) => word !== 'total'), 'total'];
  if (kind === 'gauge' && unit === '1') {
    return [...words.filter((word) => word !== 'ratio'), 'ratio'];
  }
  return [...words];
}

/** What is in braces is an annotation and no unit. */
function unitWords(unit: string): string[] {
  const [main = '', per = ''] = unit.replace(/\{[^}]*\}/g, '').split('/', 2);
  const mainWord = toWord(units, main.trim());
  const perWord = toWord(perUnits, per.trim());
  return [...mainWord, ...(perWord.length > 0 ? ['per', ...perWord] : [])];
}

function toWord(table: Readonly<Record<string, string>>, unit: string): string[] {
  return (table[unit] ?? unit).split(/[^a-zA-Z0-9]+/).filter((word) => word !== '');
}
