import type { Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import type { Call } from './call.ts';
import { readText } from './loose.ts';

/** Events by which emitters mark the first chunk of a streamed answer; their own time says when. */
const firstChunkEvents: ReadonlySet<string> = new Set([
  'First Token Stream Event',
  'llm.content.completion.chunk',
  'gen_ai.content.completion.chunk',
  'gen_ai.content.chunk',
  'ai.stream.firstChunk',
]);

const statusError = 2;

/** Fills what a call does not have yet from the span's events: when the first chunk came, and what failed. */
export type ReadEvents = (span: Item, call: Call) => void;

/** Creates the event reader of a worker. */
export function createEventReader(keys: Keys): ReadEvents {
  const exceptionType = keys.key('exception.type');
  return (span, call) => {
    for (const event of span.events) {
      const { name } = event;
      if (name === 'exception') {
        // An exception that was caught is recorded on spans that went well, too.
        if (span.statusCode === statusError) {
          call.errorType ??= readText(event.attributes, exceptionType);
        }
      } else if (firstChunkEvents.has(name)) {
        call.timeToFirstChunk ??= secondsBetween(span.startTimeUnixNano, event.timeUnixNano);
        call.stream ??= true;
      }
    }
  };
}

const nsPerSecond = 1e9;

/** Undefined where an event stands before its span: clocks that differ say nothing. */
function secondsBetween(start: bigint, end: bigint): number | undefined {
  return end >= start ? Number(end - start) / nsPerSecond : undefined;
}
