import type { WorkerContext } from '../../pipeline/component/transform.ts';
import type { KafkaExporterConfig } from './config.ts';
import { resourceKey, resourceTexts, traceIdField, traceIdKey } from './keys.ts';
import type { MessageHead } from './messages.ts';
import type { Envelope, SplitOptions } from './split-request.ts';

/** The head of the message that an item of a request belongs into: the very same object for the same head. */
export type HeadOf = SplitOptions<MessageHead>['keyOf'];

/** What a topic may be called; `.` and `..` may not be (org.apache.kafka.common.internals.Topic). */
const topicName = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

/** Creates what reads the heads of a request's items; undefined where all messages have the same. */
export function createHeadReader(
  config: KafkaExporterConfig,
  { signal, count }: Pick<WorkerContext, 'signal' | 'count'>,
): ((bytes: Uint8Array) => HeadOf) | undefined {
  const routeNames = toRouteNames(config, signal);
  const keyReader = toKeyReader(config, signal);
  if (routeNames.all.size === 0 && keyReader === undefined) return undefined;
  const isTopic = (name: string): boolean => {
    if (topicName.test(name)) return true;
    count('weir_exporter_kafka_topic_fallbacks_total', { signal, reason: 'invalid_name' });
    return false;
  };
  return (bytes) => {
    const keyOf = keyReader?.(bytes);
    const heads = new Map<string, Map<string, MessageHead>>();
    const routes = new Map<Envelope, Route>();
    return (item, resource) => {
      let route = routes.get(resource);
      if (route === undefined) {
        route = readRoute(routeNames, resource, { heads, isTopic });
        routes.set(resource, route);
      }
      const key = route.key ?? keyOf?.(item, resource) ?? '';
      let head = route.heads.get(key);
      if (head === undefined) {
        head = { topic: route.topic, key, headers: route.headers };
        route.heads.set(key, head);
      }
      return head;
    };
  };
}

/** Names of the resource attributes that say where messages go. */
interface RouteNames {
  /** The first that a resource has counts. */
  readonly topics: readonly string[];
  readonly key: string | undefined;
  readonly headers: readonly string[];
  readonly fixedHeaders: MessageHead['headers'];
  readonly all: ReadonlySet<string>;
}

function toRouteNames(config: KafkaExporterConfig, signal: WorkerContext['signal']): RouteNames {
  const { topic_from_metadata_key: first, message_key_from_metadata_key: key } = config[signal];
  const topics = [first, config.topic_from_attribute].filter((name) => name !== undefined);
  const headers = config.include_metadata_keys;
  const all = new Set([...topics, ...headers, ...(key === undefined ? [] : [key])]);
  return { topics, key, headers, fixedHeaders: config.record_headers, all };
}

/** Where the items of a resource go. */
interface Route extends Pick<MessageHead, 'topic' | 'headers'> {
  /** Undefined where the items themselves say. */
  readonly key: string | undefined;
  /** By key. */
  readonly heads: Map<string, MessageHead>;
}

interface Routing {
  /** By what resources have in common, so that those that go the same way share messages. */
  readonly heads: Map<string, Map<string, MessageHead>>;
  readonly isTopic: (name: string) => boolean;
}

function readRoute(names: RouteNames, resource: Envelope, { heads, isTopic }: Routing): Route {
  const texts = resourceTexts(resource, names.all);
  const named = names.topics.map((name) => texts.get(name)).find((topic) => topic !== undefined);
  const topic = named !== undefined && isTopic(named) ? named : '';
  const headers: Record<string, string> = { ...names.fixedHeaders };
  for (const name of names.headers) {
    const text = texts.get(name);
    if (text !== undefined) headers[name] = text;
  }
  const key = names.key === undefined ? undefined : (texts.get(names.key) ?? '');
  const way = JSON.stringify([topic, headers]);
  const shared = heads.get(way) ?? new Map<string, MessageHead>();
  heads.set(way, shared);
  return { topic, headers, key, heads: shared };
}

/** Undefined where messages have no key but what a resource says. */
function toKeyReader(
  config: KafkaExporterConfig,
  signal: WorkerContext['signal'],
): ((bytes: Uint8Array) => SplitOptions<string>['keyOf']) | undefined {
  if (signal === 'traces') return config.partition_traces_by_id ? byTraceId('traces') : undefined;
  if (signal === 'metrics') {
    return config.partition_metrics_by_resource_attributes ? byResource : undefined;
  }
  if (config.partition_logs_by_resource_attributes) return byResource;
  return config.partition_logs_by_trace_id ? byTraceId('logs') : undefined;
}

function byTraceId(
  signal: 'traces' | 'logs',
): (bytes: Uint8Array) => SplitOptions<string>['keyOf'] {
  return (bytes) => (item) => traceIdKey(bytes, item, traceIdField[signal]);
}

function byResource(): SplitOptions<string>['keyOf'] {
  const keys = new Map<Envelope, string>();
  return (_item, resource) => {
    const key = keys.get(resource) ?? resourceKey(resource);
    keys.set(resource, key);
    return key;
  };
}
