import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import type { DialectReader } from './dialect.ts';
import { createFieldReader, type FieldKeys } from './fields.ts';
import { createSemconvReader } from './otel.ts';

/**
 * The reader of a dialect that is semconv with other spellings beside it: `fields` fill what semconv's keys left open, or
 * come first with `before`; `adjust` has the last word.
 */
export function extendSemconv(
  fields: FieldKeys,
  options: { readonly before?: FieldKeys; readonly adjust?: (call: Call) => void } = {},
): (keys: Keys) => DialectReader {
  return (keys) => {
    const semconv = createSemconvReader(keys);
    const readBefore = createFieldReader(keys, options.before ?? {});
    const readAfter = createFieldReader(keys, fields);
    return {
      read: (span, call) => {
        readBefore(span.attributes, call);
        semconv.read(span, call);
        readAfter(span.attributes, call);
        options.adjust?.(call);
      },
      readContent: semconv.readContent,
    };
  };
}
