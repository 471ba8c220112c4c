import { needsCodePoints, toCodePoints } from './code-points.ts';

/** What becomes of a metric's name, besides the metric itself. */
export interface NameOptions {
  readonly namespace: string;
  readonly hasSuffixes: boolean;
  /** Whether what is no letter, digit, underscore or colon becomes an underscore; otherwise names are UTF-8. */
  readonly isEscaped: boolean;
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
  const { namespace, isEscaped } = options;
  if (!isEscaped) return toUtf8Name(metric, options);
  let words = wordsOf(metric.name);
  if (options.hasSuffixes) {
    for (const word of unitWords(metric.unit)) if (!words.some(endsIn(word))) words.push(word);
    words = withSuffix(words, metric);
  }
  if (namespace !== '') words.unshift(namespace.replace(/[^a-zA-Z0-9_:]/g, '_'));
  const name = words.join('_');
  return /^[a-zA-Z_:]/.test(name) ? name : `_${name}`;
}

/** True for the word itself, and for a name of code points that ends in it. */
function endsIn(word: string): (other: string) => boolean {
  return (other) => other === word || other.endsWith(`_${word}`);
}

/** What stands between characters that a name may not have; a name that is told by its code points is one word. */
function wordsOf(name: string): string[] {
  if (needsCodePoints(name)) return [toCodePoints(name)];
  const words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
  return words.length > 0 || name === '' ? words : [toCodePoints(name)];
}

/** The name as it is, with what the unit and the kind add behind it. */
function toUtf8Name(metric: NamedMetric, { namespace, hasSuffixes }: NameOptions): string {
  const name = namespace === '' ? metric.name : `${namespace}_${metric.name}`;
  if (!hasSuffixes) return name;
  const unit = toUnitName(metric.unit);
  const isNamed = unit === '' || name.endsWith(unit);
  const [suffix] = withSuffix([], metric);
  const withUnit = isNamed ? name : `${name}_${unit}`;
  if (suffix === undefined || withUnit.endsWith(`_${suffix}`)) return withUnit;
  return `${withUnit}_${suffix}`;
}

/** A unit as Prometheus spells it: `seconds`, `meters_per_second`; '' where there is none. */
export function toUnitName(unit: string): string {
  return unitWords(unit).join('_');
}

function withSuffix(words: readonly string[], { kind, unit }: NamedMetric): string[] {
  const suffix = kind === 'counter' ? 'total' : kind === 'gauge' && unit === '1' ? 'ratio' : '';
  if (suffix === '' || (words.length === 1 && words.some(endsIn(suffix)))) return [...words];
  return [...words.filter((word) => word !== suffix), suffix];
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
