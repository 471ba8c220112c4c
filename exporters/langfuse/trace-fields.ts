import type { Attributes, Batch, Item } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import { createEnvironmentWriter } from './environment.ts';
import type { EnvironmentDefaults } from './environment.ts';

/** What belongs to a trace rather than to one of its spans. */
interface Trace {
  name: string | undefined;
  user: string | undefined;
  session: string | undefined;
  tags: readonly string[] | undefined;
}

/** Fields of traces, gathered from all spans of a batch before they are written on each. */
export interface TraceFields {
  collect(batch: Batch): void;
  /** Writes what is known of the span's trace, where the span does not say it itself. */
  write(span: Item): void;
}

/**
 * Creates the writer of trace fields. Langfuse keeps them per span, so a user that only the root names is written on the
 * others too, as far as they lie in the same batch.
 */
export function createTraceFields(defaults: EnvironmentDefaults, keys: Keys): TraceFields {
  const nameTo = keys.key('langfuse.trace.name');
  const userTo = keys.key('langfuse.user.id');
  const sessionTo = keys.key('langfuse.session.id');
  const tagsTo = keys.key('langfuse.trace.tags');
  const read = createTraceReader(keys);
  const writeEnvironment = createEnvironmentWriter(defaults, keys);
  const traces = new Map<string, Trace>();
  const fill = (attributes: Attributes, key: Key, text: string | undefined): void => {
    if (text !== undefined && !attributes.has(key)) attributes.setString(key, text);
  };
  return {
    collect: (batch) => {
      traces.clear();
      for (const span of batch) {
        const id = span.traceId.hex();
        const known = traces.get(id);
        if (known === undefined) traces.set(id, read(span));
        else merge(known, read(span));
      }
    },
    write: (span) => {
      const { attributes } = span;
      const trace = traces.get(span.traceId.hex());
      fill(attributes, nameTo, trace?.name);
      fill(attributes, userTo, trace?.user);
      fill(attributes, sessionTo, trace?.session);
      if (trace?.tags !== undefined && !attributes.has(tagsTo)) {
        attributes.setStrings(tagsTo, trace.tags);
      }
      writeEnvironment(span);
    },
  };
}

function createTraceReader(keys: Keys): (span: Item) => Trace {
  const names = ['langfuse.trace.name', 'gen_ai.workflow.name'].map((name) => keys.key(name));
  const users = ['langfuse.user.id', 'genai.user.id', 'user.id'].map((name) => keys.key(name));
  const sessions = [
    'langfuse.session.id',
    'genai.session.id',
    'session.id',
    'gen_ai.conversation.id',
  ].map((name) => keys.key(name));
  const tags = ['langfuse.trace.tags', 'genai.tags'].map((name) => keys.key(name));
  return ({ attributes, resource, parentSpanId, name }) => {
    const first = (sources: readonly Key[]): string | undefined =>
      sources.map((key) => attributes.string(key) ?? resource.string(key)).find((text) => text);
    return {
      name: first(names) ?? (parentSpanId.isEmpty ? name : undefined),
      user: first(users),
      session: first(sessions),
      tags: tags.map((key) => attributes.strings(key)).find((list) => list !== undefined),
    };
  };
}

function merge(trace: Trace, other: Trace): void {
  trace.name ??= other.name;
  trace.user ??= other.user;
  trace.session ??= other.session;
  trace.tags ??= other.tags;
}
