import {
  type AttributeTemplate,
  createAttributeTemplate,
} from '../../pipeline/batch/attribute-template.ts';
import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import type { Call } from './call.ts';
import { textFields } from './call-texts.ts';
import { type CanonicalKey, canonicalKey, finishReasonsName, textKeys } from './canonical-keys.ts';
import type { Kind } from './operation.ts';
import type { Convention } from './usage.ts';
import { writeText, writeTexts } from './write-value.ts';

/** What whole runs of spans say alike; undefined where it is not to be written. */
interface Shared {
  dialect: string;
  kind: Kind | undefined;
  convention: Convention | undefined;
  operation: string | undefined;
  provider: string | undefined;
  requestModel: string | undefined;
  responseModel: string | undefined;
  /** Of a call that ended for one reason. */
  finishReason: string | undefined;
}

/** Attributes that say these, encoded. */
interface Block {
  readonly of: Readonly<Shared>;
  readonly entries: readonly Entry[];
  readonly template: AttributeTemplate;
}

type Entry = readonly [at: CanonicalKey, value: string | string[]];

/** Writes what a span says as its neighbours do. */
export type WriteShared = (
  attributes: Attributes,
  call: Call,
  dialect: string,
  convention: Convention | undefined,
) => void;

/** Longer texts are nobody's model, and too large to be kept. */
const maxSharedLength = 128;

/** The texts that are shared, by their places in `textFields`. */
const place = {
  operation: textFields.indexOf('operation'),
  provider: textFields.indexOf('provider'),
  requestModel: textFields.indexOf('requestModel'),
  responseModel: textFields.indexOf('responseModel'),
};

/** Creates the writer of a worker. It encodes such attributes once and adds them to span after span as one block. */
export function createSharedWriter(keys: Keys): WriteShared {
  const at = textKeys(keys);
  const finishReasons = canonicalKey(keys, finishReasonsName);
  const blockOf = createBlocks(keys);
  // Of the span at hand: an object for each would cost more than it saves.
  const shared = createShared();
  return (attributes, call, dialect, convention) => {
    shared.dialect = dialect;
    shared.kind = call.kind;
    shared.convention = convention;
    shared.operation = share(attributes, at.operation, call, place.operation);
    shared.provider = share(attributes, at.provider, call, place.provider);
    shared.requestModel = share(attributes, at.requestModel, call, place.requestModel);
    shared.responseModel = share(attributes, at.responseModel, call, place.responseModel);
    shared.finishReason = shareReason(attributes, finishReasons, call);
    const { template, entries } = blockOf(shared);
    if (attributes.append(template)) return;
    for (const [key, value] of entries) {
      if (typeof value === 'string') writeText(attributes, key, value);
      else writeTexts(attributes, key, value);
    }
  };
}

function createShared(): Shared {
  return {
    dialect: '',
    kind: undefined,
    convention: undefined,
    operation: undefined,
    provider: undefined,
    requestModel: undefined,
    responseModel: undefined,
    finishReason: undefined,
  };
}

/** Returns a text that is to be written and whose key is free; writes it where another value stands there. */
function share(
  attributes: Attributes,
  at: CanonicalKey,
  { texts }: Call,
  place: number,
): string | undefined {
  const isWanted = ((texts.unwritten >>> place) & 1) !== 0;
  const value = isWanted ? texts.get(place) : undefined;
  if (value === undefined) return undefined;
  if (value.length <= maxSharedLength && !attributes.has(at.key)) return value;
  writeText(attributes, at, value);
  return undefined;
}

/** As `share` for the finish reasons. */
function shareReason(
  attributes: Attributes,
  at: CanonicalKey,
  { finishReasons, standing }: Call,
): string | undefined {
  if (finishReasons === undefined || finishReasons === standing.finishReasons) return undefined;
  const [first = ''] = finishReasons;
  const isOne = finishReasons.length === 1 && first.length <= maxSharedLength;
  if (isOne && !attributes.has(at.key)) return first;
  writeTexts(attributes, at, finishReasons);
  return undefined;
}

/** Enough for the models and operations of one fleet; beyond it the blocks are made anew. */
const maxBlocks = 1024;

/** Blocks that are found without a key, at most; a power of two. */
const recentBlocks = 64;

/** Returns a function that gives the block for what a span says: for most one of a few that were used just before. */
function createBlocks(keys: Keys): (shared: Shared) => Block {
  const entriesOf = createEntries(keys);
  const blocks = new Map<string, Block>();
  const recent: (Block | undefined)[] = Array.from({ length: recentBlocks }, () => undefined);

  const find = (shared: Shared): Block => {
    const name = JSON.stringify(shared);
    let block = blocks.get(name);
    if (block === undefined) {
      const entries = entriesOf(shared);
      const encoded = entries.map(([{ key }, value]) => [key, value] as const);
      block = { of: { ...shared }, entries, template: createAttributeTemplate(keys, encoded) };
      if (blocks.size >= maxBlocks) blocks.clear();
      blocks.set(name, block);
    }
    return block;
  };

  return (shared) => {
    const slot = slotOf(shared);
    const block = recent[slot];
    return block !== undefined && isSame(block.of, shared) ? block : (recent[slot] = find(shared));
  };
}

/** Emitters differ in the lengths of what they say, and models of one length in their ends. */
function slotOf({ dialect, operation, finishReason, requestModel, responseModel }: Shared): number {
  const model = responseModel ?? requestModel ?? '';
  const ends = model === '' ? 0 : model.charCodeAt(model.length - 1);
  const lengths = dialect.length + (operation?.length ?? 0) + (finishReason?.length ?? 0) * 3;
  return (lengths + model.length * 7 + ends * 5) & (recentBlocks - 1);
}

function createEntries(keys: Keys): (shared: Shared) => Entry[] {
  const texts = textKeys(keys);
  const dialect = canonicalKey(keys, 'genai.dialect');
  const kind = canonicalKey(keys, 'genai.kind');
  const convention = canonicalKey(keys, 'genai.usage.convention');
  const finishReasons = canonicalKey(keys, finishReasonsName);
  return (shared) => {
    const all: [CanonicalKey, string | string[] | undefined][] = [
      [dialect, shared.dialect],
      [kind, shared.kind],
      [convention, shared.convention],
      [texts.operation, shared.operation],
      [texts.provider, shared.provider],
      [texts.requestModel, shared.requestModel],
      [texts.responseModel, shared.responseModel],
      [finishReasons, shared.finishReason === undefined ? undefined : [shared.finishReason]],
    ];
    return all.flatMap(([at, value]): Entry[] => (value === undefined ? [] : [[at, value]]));
  };
}

function isSame(a: Readonly<Shared>, b: Readonly<Shared>): boolean {
  return (
    a.responseModel === b.responseModel &&
    a.requestModel === b.requestModel &&
    a.provider === b.provider &&
    a.operation === b.operation &&
    a.finishReason === b.finishReason &&
    a.convention === b.convention &&
    a.kind === b.kind &&
    a.dialect === b.dialect
  );
}
