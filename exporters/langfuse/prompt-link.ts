import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import type { WriteSpan } from './observation.ts';

/**
 * Creates the writer of the link to a prompt, for generations: its name and its version as an int. Langfuse drops a whole
 * observation that has one without the other, or a version of another type, so an incomplete link is taken off.
 */
export function createPromptLinkWriter(keys: Keys): WriteSpan {
  const type = keys.key('langfuse.observation.type');
  const nameTo = keys.key('langfuse.observation.prompt.name');
  const versionTo = keys.key('langfuse.observation.prompt.version');
  const nameFrom = [nameTo, keys.key('gen_ai.prompt.name')];
  const versionFrom = [versionTo, keys.key('gen_ai.prompt.version')];
  return ({ attributes }) => {
    const name = nameFrom.map((key) => attributes.string(key)).find((text) => text);
    const version = versionFrom
      .map((key) => readVersion(attributes, key))
      .find((n) => n !== undefined);
    const isComplete = name !== undefined && version !== undefined;
    if (isComplete && attributes.string(type) === 'generation') {
      attributes.setString(nameTo, name);
      attributes.setInt(versionTo, version);
    } else {
      attributes.delete(nameTo);
      attributes.delete(versionTo);
    }
  };
}

function readVersion(attributes: Attributes, key: Key): number | undefined {
  const version = Number(attributes.string(key) ?? attributes.number(key) ?? NaN);
  return Number.isSafeInteger(version) && version > 0 ? version : undefined;
}
