import type { Factories, Registry } from '../component/registry.ts';
import { isSignal, signals, type Signal } from '../component/signal.ts';
import type { CheckedComponents } from './check-components.ts';
import { parseComponentId } from './component-id.ts';
import type { PipelineSpec } from './config.ts';
import type { Report } from './diagnostic.ts';
import { componentKinds, singular, type ComponentKind } from './foreign-components.ts';
import { isNull, locate, type ConfigNode, type MapNode, type NodePath } from './node.ts';
import { reportError } from './sections.ts';
import { suggest } from './suggest.ts';

type Role = 'receivers' | 'processors' | 'exporters';
const roles: readonly Role[] = ['receivers', 'processors', 'exporters'];

/** What the checks of references look at. */
export interface ReferenceContext {
  readonly root: MapNode;
  /** The key `service` as written. */
  readonly service: string;
  readonly components: CheckedComponents;
  readonly registry: Registry;
  /** Those of the registry that the configuration names. */
  readonly factories: Factories;
  readonly report: Report;
}

/** Checks that every pipeline has a known signal, and names components that exist and can do its signal. */
export function checkPipelines(context: ReferenceContext): PipelineSpec[] {
  const path = [context.service, 'pipelines'];
  const service = locate(context.root, [context.service]).node;
  if (service?.kind !== 'map') return [];
  const { node } = locate(context.root, path);
  if (node === undefined || isNull(node) || (node.kind === 'map' && node.entries.size === 0)) {
    const message = 'at least one pipeline is required, such as "traces"';
    const isMistyped = [...service.entries.keys()].some((key) => suggest(key, ['pipelines']));
    if (node !== undefined || !isMistyped) {
      reportError(context.report, context.root, path, { code: 'missing_key', message });
    }
    return [];
  }
  if (node.kind !== 'map') return [];
  return [...node.entries].flatMap(
    ([id, { value }]) => checkPipeline(id, value, [...path, id], context) ?? [],
  );
}

function checkPipeline(
  id: string,
  node: ConfigNode,
  path: NodePath,
  context: ReferenceContext,
): PipelineSpec | undefined {
  const signal = checkSignal(id, path, context);
  if (node.kind !== 'map' && !isNull(node)) return undefined;
  const lists = Object.fromEntries(
    roles.map((role) => [role, checkRole(role, signal, path, context)]),
  ) as Record<Role, string[]>; // one entry a role
  return signal === undefined ? undefined : { id, signal, ...lists };
}

function checkSignal(id: string, path: NodePath, context: ReferenceContext): Signal | undefined {
  const parsed = parseComponentId(id);
  if (parsed !== undefined && isSignal(parsed.type)) return parsed.type;
  const type = parsed?.type ?? id;
  const meant = suggest(type, signals);
  const name = parsed?.name === undefined ? '' : `/${parsed.name}`;
  reportError(context.report, context.root, path, {
    code: 'unknown_signal',
    message: `a pipeline is traces, logs or metrics, with "/name" where there are several; not "${id}"`,
    suggestion: meant === undefined ? undefined : `${meant}${name}`,
  });
  return undefined;
}

function checkRole(
  role: Role,
  signal: Signal | undefined,
  pipeline: NodePath,
  context: ReferenceContext,
): string[] {
  const path = [...pipeline, role];
  const { node } = locate(context.root, path);
  if (node?.kind !== 'list' || node.items.length === 0) {
    if (node === undefined || node.kind === 'list' || isNull(node)) {
      reportMissingRole(role, pipeline, context);
    }
    return [];
  }
  const ids = node.items.map((item) => (item.kind === 'scalar' ? String(item.value) : ''));
  ids.forEach((id, index) => {
    if (node.items[index]?.failed === true || id === '') return;
    const place = { role, signal, path: [...path, index] };
    if (ids.indexOf(id) < index) {
      const message = `"${id}" occurs twice in this list`;
      reportError(context.report, context.root, place.path, {
        code: 'duplicate_reference',
        message,
      });
    } else checkReference(id, place, context);
  });
  return ids;
}

function reportMissingRole(role: Role, pipeline: NodePath, context: ReferenceContext): void {
  if (role === 'processors') return;
  const { node } = locate(context.root, pipeline);
  const keys = node?.kind === 'map' ? [...node.entries.keys()] : [];
  const isMistyped = keys.some(
    (key) => !(roles as readonly string[]).includes(key) && suggest(key, roles) === role,
  );
  if (isMistyped) return;
  const message = `the pipeline has no ${role}; it needs at least one`;
  const at = keys.includes(role) ? [...pipeline, role] : pipeline;
  reportError(context.report, context.root, at, { code: 'missing_component', message });
}

interface ReferencePlace {
  readonly role: Role;
  readonly signal: Signal | undefined;
  readonly path: NodePath;
}

function checkReference(id: string, place: ReferencePlace, context: ReferenceContext): void {
  const { components } = context;
  const kinds: readonly ComponentKind[] =
    place.role === 'processors' ? ['processors'] : [place.role, 'connectors'];
  const component = kinds.map((kind) => components.known[kind].get(id)).find((c) => c);
  if (component !== undefined) {
    if (component.kind !== 'connectors') checkSupport(id, place, context);
    return;
  }
  const isExplained = (kind: ComponentKind): boolean =>
    components.unreadable.has(kind) || components.written[kind].has(id);
  if (kinds.some(isExplained)) return;
  reportError(context.report, context.root, place.path, {
    code: 'undefined_component',
    ...explainUndefined(id, place.role, kinds, context),
  });
}

function checkSupport(id: string, place: ReferencePlace, context: ReferenceContext): void {
  const factory = context.components.known[place.role].get(id)?.factory;
  if (factory === undefined || place.signal === undefined || !('signals' in factory)) return;
  if (factory.signals.includes(place.signal)) return;
  const can = factory.signals.join(', ');
  reportError(context.report, context.root, place.path, {
    code: 'unsupported_signal',
    message: `${singular(place.role)} "${id}" does not take ${place.signal} (it takes ${can})`,
  });
}

function explainUndefined(
  id: string,
  role: Role,
  kinds: readonly ComponentKind[],
  { components, registry, factories }: ReferenceContext,
): { readonly message: string; readonly suggestion?: string | undefined } {
  const elsewhere = componentKinds.find((kind) => components.written[kind].has(id));
  if (elsewhere !== undefined) {
    const is = singular(elsewhere);
    const isMissing = registry.types[role].includes(parseComponentId(id)?.type ?? '');
    const mend = isMissing
      ? `add "${id}:" under "${role}" too`
      : `a${is.startsWith('e') ? 'n' : ''} ${is} cannot stand among the ${role}`;
    return { message: `"${id}" is configured under "${elsewhere}"; ${mend}` };
  }
  const candidates = kinds.flatMap((kind) => [...components.written[kind].keys()]);
  const suggestion = suggest(id, candidates) ?? sameType(id, candidates, role, factories);
  const type = parseComponentId(id)?.type ?? '';
  const isType = suggestion === undefined && registry.types[role].includes(type);
  const mend = isType ? `; add "${id}:" under "${role}"` : '';
  return { message: `${singular(role)} "${id}" is not configured${mend}`, suggestion };
}

/** `otlp_http` in a pipeline of a file that configures `otlphttp`: the other spelling of the same type. */
function sameType(
  id: string,
  candidates: readonly string[],
  role: Role,
  factories: Factories,
): string | undefined {
  const typeOf = (candidate: string): string | undefined =>
    factories[role].get(parseComponentId(candidate)?.type ?? '')?.type;
  const type = typeOf(id);
  if (type === undefined) return undefined;
  const same = candidates.filter((candidate) => typeOf(candidate) === type);
  return same.length === 1 ? same[0] : undefined;
}
