import type { CheckedComponent } from './check-components.ts';
import type { ReferenceContext } from './check-pipelines.ts';
import type { PipelineSpec, TelemetryConfig } from './config.ts';
import { exportersInUse } from './exporters-in-use.ts';
import { formatPath, locate, type NodePath } from './node.ts';
import { reportError } from './sections.ts';

/** Where a component listens, as its configuration says. */
export interface Listener {
  readonly path: NodePath;
  readonly host: string;
  readonly port: string;
  readonly hasTls: boolean;
}

/**
 * Looks at where /metrics, and receivers and extensions that run, will listen: two on one port cannot start, and a port that
 * is open to the network without TLS deserves one warning.
 */
export function checkEndpoints(
  pipelines: readonly PipelineSpec[],
  extensions: readonly string[],
  metrics: TelemetryConfig['metrics'],
  context: ReferenceContext,
): void {
  const { receivers, extensions: known } = context.components.known;
  const running = [
    ...[...receivers].filter(([id]) => pipelines.some((p) => p.receivers.includes(id))),
    ...[...known].filter(([id]) => extensions.includes(id)),
  ];
  const listeners = [
    ...metricsListener(metrics, context),
    ...pagesOf(pipelines, context),
    ...running.flatMap(([, component]) => listenersOf(component)),
  ];
  reportConflicts(listeners, context);
  reportOpen(listeners, context);
}

/** Where exporters serve metrics: those with one endpoint share what listens there. */
function pagesOf(pipelines: readonly PipelineSpec[], context: ReferenceContext): Listener[] {
  const pages = exportersInUse(pipelines, context).flatMap(({ factory, spec }) =>
    endpointsIn({ endpoint: factory.servesOn(spec.raw) }, ['exporters', spec.id], 1),
  );
  return [...new Map(pages.map((page) => [`${page.host}:${page.port}`, page])).values()];
}

function metricsListener(
  { enabled, endpoint }: TelemetryConfig['metrics'],
  { service }: ReferenceContext,
): Listener[] {
  return enabled ? endpointsIn({ endpoint }, [service, 'telemetry', 'metrics'], 1) : [];
}

/** The endpoints of a component that listens. */
export function listenersOf({ kind, spec, output }: CheckedComponent): Listener[] {
  return endpointsIn(output, [kind, spec.id], 4);
}

function endpointsIn(value: unknown, path: NodePath, depth: number): Listener[] {
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) => {
    const below = [...path, key];
    if (key !== 'endpoint' || typeof child !== 'string')
      return endpointsIn(child, below, depth - 1);
    const address = /^(?:\[(.*)\]|([^/[\]]*)):(\d+)$/.exec(child);
    if (address === null) return [];
    const hasTls = 'tls' in value && value.tls !== undefined && value.tls !== null;
    return [{ path: below, host: address[1] ?? address[2] ?? '', port: address[3] ?? '', hasTls }];
  });
}

const everywhere: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

function overlap(a: Listener, b: Listener): boolean {
  if (a.port !== b.port || a.port === '0') return false;
  const name = (host: string): string => (host === 'localhost' ? '127.0.0.1' : host);
  return name(a.host) === name(b.host) || everywhere.has(a.host) || everywhere.has(b.host);
}

function reportConflicts(listeners: readonly Listener[], { root, report }: ReferenceContext): void {
  listeners.forEach((listener, index) => {
    const earlier = listeners.slice(0, index).find((other) => overlap(other, listener));
    if (earlier === undefined) return;
    const message = `port ${listener.port} is taken by ${formatPath(earlier.path)}; set another endpoint`;
    reportError(report, root, listener.path, { code: 'port_conflict', message });
  });
}

function reportOpen(listeners: readonly Listener[], { root, report }: ReferenceContext): void {
  const open = listeners.filter(
    (listener) =>
      everywhere.has(listener.host) && !listener.hasTls && listener.path[0] === 'receivers',
  );
  const [first] = open;
  if (first === undefined) return;
  const others = open.length === 1 ? '' : ` (and ${open.length - 1} more)`;
  report({
    severity: 'warning',
    code: 'open_endpoint',
    path: formatPath(first.path),
    message: `listens on every network interface without TLS${others}; anyone who reaches the port can send`,
    position: locate(root, first.path).position,
  });
}
