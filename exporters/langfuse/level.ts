import type { Item } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import type { WriteSpan } from './observation.ts';

const statusError = 2;

/** Creates the writer of `level` and `status_message` of failed spans; Langfuse does not read exception events itself. */
export function createLevelWriter(keys: Keys): WriteSpan {
  const level = keys.key('langfuse.observation.level');
  const message = keys.key('langfuse.observation.status_message');
  const exceptionMessage = keys.key('exception.message');
  const errorType = keys.key('error.type');
  return (span) => {
    if (span.statusCode !== statusError) return;
    const { attributes } = span;
    if (!attributes.has(level)) attributes.setString(level, 'ERROR');
    if (attributes.has(message) || span.statusMessage !== '') return;
    const text = exceptionOf(span, exceptionMessage) ?? attributes.string(errorType);
    if (text !== undefined) attributes.setString(message, text);
  };
}

function exceptionOf(span: Item, key: Key): string | undefined {
  for (const event of span.events) {
    if (event.name !== 'exception') continue;
    const text = event.attributes.string(key);
    if (text !== undefined) return text;
  }
  return undefined;
}
