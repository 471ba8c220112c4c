import type { Payload, SliceBytes } from '../component/transform.ts';
import type { Slice } from '../log/log.ts';
import { routeKey } from './dead-letter.ts';
import type { DeadLetterEntry } from './dead-letter.ts';
import type { Credit, Patience } from './patience.ts';
import type { Conclusion, Evidence } from './repeat.ts';
import { EndedError } from './send.ts';
import type { Send } from './send.ts';
import type { SizeCap } from './size-cap.ts';
import { createTally } from './tally.ts';
import type { DropCause, Tally } from './tally.ts';

/** Turns a slice into payloads; rejects where the encoder failed on it for good. */
export type EncodeSlice = (slice: SliceBytes) => Promise<readonly Payload[]>;

/** The two halves of a request by items; fewer where it holds a single item. */
export type Split = (slice: SliceBytes) => Promise<readonly SliceBytes[]>;

/** What delivering a slice needs. */
export interface SliceDelivery {
  readonly send: Send;
  /** Absent where the exporter sends slices as they are. */
  readonly encode: EncodeSlice | undefined;
  readonly split: Split;
  readonly patience: Patience;
  readonly sizeCap: SizeCap;
  /** Aborts when no more is to be done. */
  readonly released: AbortSignal;
}

/** A slice of which one route alone is owed, where it was set aside for that; see `DeadLetterEntry.route`. */
export interface RoutedSlice extends Slice {
  readonly route?: string | undefined;
}

/** What became of a slice. */
export interface SettledSlice {
  readonly tally: Tally;
  /** What the sink refused for good. */
  readonly refused: readonly DeadLetterEntry[];
}

/** The whole of a slice, or a half of a half. */
interface Part {
  /** The slice's id with `/0` or `/1` for each halving: the same part has the same id after a restart. */
  readonly id: string;
  readonly slice: SliceBytes;
  /** The one route that is still owed; undefined where all are. The others were delivered with a larger part. */
  readonly route: string | undefined;
  /** Whether it is known that it cannot be halved. */
  readonly isWhole?: boolean;
}

/** A slice on its way. */
interface Progress {
  readonly tally: Tally;
  readonly credit: Credit;
  readonly evidence: Evidence;
  readonly parts: Part[];
  readonly refused: DeadLetterEntry[];
  /** What stands for the answer to what is not sent any more. */
  lastRefusal: Conclusion;
}

/** A payload, or a part that did not become one, that the sink or the encoder refused. */
interface Refused {
  readonly part: Part;
  readonly id: string;
  readonly items: number;
  readonly route: string | undefined;
  readonly reason: DropCause;
  readonly error: string;
  /** Whether halving the part can find what is to blame. */
  readonly canBeHalved: boolean;
}

/**
 * Delivers a slice down to the last item: what is too large is halved until it fits, what is refused is halved until the
 * poison is alone, widest parts first, so that a sink that refuses everything shows early.
 * @throws EndedError where the loop ends first; then nothing is settled.
 */
export async function deliverSlice(loop: SliceDelivery, slice: RoutedSlice): Promise<SettledSlice> {
  const progress: Progress = {
    tally: createTally(slice.items),
    credit: loop.patience.begin(),
    evidence: { takenBefore: undefined, takenAtProbe: undefined },
    parts: [{ id: slice.id, slice, route: slice.route }],
    refused: [],
    lastRefusal: { kind: 'rejected', message: 'the sink refused every part of it' },
  };
  for (let part = progress.parts.shift(); part !== undefined; part = progress.parts.shift()) {
    await deliverPart(loop, part, progress);
  }
  return progress;
}

async function deliverPart(loop: SliceDelivery, part: Part, progress: Progress): Promise<void> {
  const { slice, route } = part;
  const isOver = slice.items > 1 && loop.sizeCap.isOver(slice.bytes.byteLength);
  if (isOver && (await halve(loop, part, progress))) return;
  const payloads = await encodePart(loop, part);
  if (payloads === undefined) {
    await isolate(loop, { part, id: part.id, items: slice.items, route, ...unencodable }, progress);
    return;
  }
  for (const [index, payload] of payloads.entries()) {
    const key = routeKey(payload.route);
    if (route !== undefined && key !== route) continue;
    const id = payloads.length === 1 ? part.id : `${part.id}.${index}`;
    // Payloads of one route cannot be told apart in the halves.
    const canBeHalved = payloads.filter((other) => routeKey(other.route) === key).length === 1;
    const { items } = payload;
    const isDivisible = canBeHalved && slice.items > 1 && part.isWhole !== true;
    const sending = { id, signal: slice.signal, canBeHalved: isDivisible };
    const outcome = progress.credit.isWorthSending
      ? await loop.send(payload, sending, progress.evidence)
      : progress.lastRefusal;
    await settle(loop, { part, id, items, route: key, canBeHalved }, outcome, progress);
  }
}

/** The reason is not told: an encoder's error may quote the content. */
const unencodable = {
  reason: 'unprocessable',
  error: 'it cannot be encoded',
  canBeHalved: true,
} as const;

/** Undefined where the encoder fails on the part. */
async function encodePart(
  loop: SliceDelivery,
  { slice }: Part,
): Promise<readonly Payload[] | undefined> {
  if (loop.encode === undefined) return [{ body: slice.bytes, items: slice.items }];
  try {
    return await unlessReleased(loop.encode(slice), loop.released);
  } catch {
    // Workers that are being ended fail on everything.
    if (loop.released.aborted) throw new EndedError();
    return undefined;
  }
}

async function settle(
  loop: SliceDelivery,
  sent: Omit<Refused, 'reason' | 'error'>,
  outcome: Conclusion,
  progress: Progress,
): Promise<void> {
  const { tally, credit } = progress;
  switch (outcome.kind) {
    case 'delivered':
      credit.accepted();
      return;
    case 'partial':
      credit.accepted();
      tally.drop('partial', Math.min(outcome.rejectedItems, sent.items));
      return;
    case 'retryable':
      tally.drop('retries_exhausted', sent.items);
      return;
    case 'suspect': {
      const part = { ...sent.part, route: sent.route };
      if (!(await halve(loop, part, progress))) progress.parts.push({ ...part, isWhole: true });
      return;
    }
    case 'undeliverable':
      setAside({ ...sent, reason: outcome.kind, error: outcome.message }, progress);
      return;
    case 'too_large':
      loop.sizeCap.refused(sent.part.slice.bytes.byteLength);
      break;
    case 'rejected':
      break;
  }
  progress.lastRefusal = outcome;
  const canBeHalved =
    sent.canBeHalved && !(outcome.kind === 'rejected' && outcome.blames === 'request');
  const refused = { ...sent, reason: outcome.kind, error: outcome.message, canBeHalved };
  await isolate(loop, refused, progress);
}

/** Halves what was refused, and sets it aside where that is not possible or not worth it. */
async function isolate(loop: SliceDelivery, refused: Refused, progress: Progress): Promise<void> {
  const { part, items, reason, canBeHalved } = refused;
  const isLast = items < 2 || !canBeHalved;
  // Halves of what is too large get through in the end; what is refused for its size alone must not go on for ever.
  const isPaid = reason === 'too_large' && !isLast ? true : progress.credit.spend();
  if (!isLast && isPaid && progress.credit.isWorthSending) {
    if (await halve(loop, { ...part, route: refused.route }, progress)) return;
  }
  setAside(refused, progress);
}

function setAside(
  { part: { slice }, id, items, route, reason, error }: Refused,
  { tally, refused }: Progress,
): void {
  tally.drop(reason, items);
  refused.push({ id, slice, items, reason, error, ...(route !== undefined && { route }) });
}

/** Puts the halves in line; false where the part holds a single item, or cannot be read. */
async function halve(loop: SliceDelivery, part: Part, progress: Progress): Promise<boolean> {
  if (part.slice.items < 2) return false;
  const halves = await unlessReleased(loop.split(part.slice), loop.released).catch(() => []);
  if (halves.length < 2 && loop.released.aborted) throw new EndedError();
  if (halves.length < 2) return false;
  for (const [index, slice] of halves.entries()) {
    progress.parts.push({ id: `${part.id}/${index}`, slice, route: part.route });
  }
  return true;
}

/** A worker may hang for longer than there is time: what it makes of a slice is not waited for once the loop is released. */
async function unlessReleased<T>(work: Promise<T>, released: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      reject(new EndedError());
    };
    released.addEventListener('abort', end);
    if (released.aborted) end();
    const settle = (): void => {
      released.removeEventListener('abort', end);
    };
    void work.then(resolve, reject).finally(settle);
  });
}
