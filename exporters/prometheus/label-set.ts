import { needsCodePoints, toCodePoints } from './code-points.ts';
import type { KeyValue } from './otlp-metrics.ts';

/** Labels by name, in the order in which they are served. */
export type LabelSet = ReadonlyMap<string, string>;

/** Names that carry the bounds of a histogram and the quantiles of a summary. */
const reserved: ReadonlySet<string> = new Set(['le', 'quantile']);

/** How attributes become labels. */
export interface LabelOptions {
  /** Whether what is no letter, digit or underscore becomes an underscore; otherwise names are UTF-8. */
  readonly isEscaped: boolean;
  /** Resource attributes as labels of every series. */
  readonly conversion: { readonly enabled: boolean; readonly exclude_service_attributes: boolean };
  /** Labels that every series has, whatever its attributes say. */
  readonly constant: Readonly<Record<string, string>>;
}

/** Letters, digits and single underscores, where names are escaped; two at the beginning are Prometheus' own. */
export function toLabelName(key: string, isEscaped = true): string {
  if (isEscaped && needsCodePoints(key)) return toCodePoints(key);
  const name = (isEscaped ? key.replace(/[^a-zA-Z0-9_]/g, '_') : key).replace(/^__+/, '_');
  if (reserved.has(name)) return `exported_${name}`;
  return (isEscaped && /^\d/.test(name)) || name === '' ? `key_${name}` : name;
}

/** The text of an attribute's value; lists and maps are JSON. */
function toLabelValue(value: KeyValue['value']): string {
  // As a number, a long int would be rounded.
  const plain = value?.['intValue'] ?? toPlain(value);
  if (plain === null) return '';
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}

/** What an AnyValue of OTLP/JSON says, without how OTLP writes it. */
function toPlain(value: KeyValue['value']): unknown {
  const { arrayValue, kvlistValue, intValue, ...scalars } = (value ?? {}) as LabelValue;
  if (arrayValue !== undefined) return (arrayValue.values ?? []).map(toPlain);
  if (kvlistValue !== undefined) {
    return Object.fromEntries(
      (kvlistValue.values ?? []).map(({ key = '', value: inner }) => [key, toPlain(inner)]),
    );
  }
  if (intValue !== undefined) return Number(intValue);
  const [content = null] = Object.values(scalars);
  return content;
}

/** The schema of OTLP, by which a value was read, knows no other lists and maps. */
interface LabelValue {
  readonly arrayValue?: { readonly values?: readonly KeyValue['value'][] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
  readonly intValue?: string;
}

/** Adds attributes as labels. Keys that become one name are joined, in order of their keys, as the specification says. */
export function addAttributes(
  labels: Map<string, string>,
  attributes: readonly KeyValue[] | undefined,
  isEscaped: boolean,
): void {
  const own = new Map<string, string>();
  const sorted = [...(attributes ?? [])].sort((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1));
  for (const { key, value } of sorted) {
    const name = toLabelName(key ?? '', isEscaped);
    const text = toLabelValue(value);
    const before = own.get(name);
    own.set(name, before === undefined ? text : `${before};${text}`);
  }
  for (const [name, text] of own) {
    labels.set(identifying.has(name) && labels.has(name) ? `exported_${name}` : name, text);
  }
}

/** What tells the resources and scopes of a series apart: an attribute of that name would make one series of many. */
const identifying: ReadonlySet<string> = new Set([
  'job',
  'instance',
  'otel_scope_name',
  'otel_scope_version',
]);

/** Attributes of a resource that name the service. */
const serviceKeys: ReadonlySet<string> = new Set([
  'service.name',
  'service.namespace',
  'service.instance.id',
]);

/** What a resource gives to its series: `job` and `instance`, and its attributes where that is configured. */
export function toResourceLabels(
  attributes: readonly KeyValue[],
  { conversion, constant, isEscaped }: LabelOptions,
): LabelSet {
  const labels = new Map<string, string>();
  for (const [name, value] of Object.entries(constant))
    labels.set(toLabelName(name, isEscaped), value);
  const read = (name: string): string =>
    toLabelValue(attributes.find(({ key }) => key === name)?.value);
  const [service, namespace] = [read('service.name'), read('service.namespace')];
  const instance = read('service.instance.id');
  if (service !== '') labels.set('job', namespace === '' ? service : `${namespace}/${service}`);
  if (instance !== '') labels.set('instance', instance);
  if (!conversion.enabled) return labels;
  const isKept = ({ key }: KeyValue): boolean =>
    !(conversion.exclude_service_attributes && serviceKeys.has(key ?? ''));
  addAttributes(labels, attributes.filter(isKept), isEscaped);
  return labels;
}

/** Attributes of a resource that `job` and `instance` do not say. */
export function describing(attributes: readonly KeyValue[]): readonly KeyValue[] {
  return attributes.filter(({ key }) => !serviceKeys.has(key ?? ''));
}

/** Labels as a sample has them between its braces; empty ones mean absent, and are left out. */
export function formatLabels(labels: LabelSet): string {
  return [...labels]
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
