import type { StoredEntry } from '../../../pipeline/deliver/dead-letter-line.ts';
import type { RoutedSlice } from '../../../pipeline/deliver/deliver-slice.ts';
import type { Cursor } from '../../../pipeline/log/log.ts';

/** A cursor over entries, so that the delivery loop sends them like anything else. */
export interface EntryCursor extends Cursor {
  /** Entries given back, and those never read: what is still to be set aside when the loop has ended. */
  rest(): AsyncGenerator<StoredEntry>;
}

interface EntrySlice extends RoutedSlice {
  readonly entry: StoredEntry;
}

/** Creates the cursor; entries are read as the loop asks for them. */
export function createEntryCursor(
  entries: AsyncGenerator<StoredEntry>,
  { keepsRoutes }: { readonly keepsRoutes: boolean },
): EntryCursor {
  const out = new Map<number, StoredEntry>();
  let position = 0;
  let last: Promise<unknown> = Promise.resolve();
  const read = async (): Promise<EntrySlice | undefined> => {
    const next = await entries.next();
    if (next.done === true) return undefined;
    const entry = next.value;
    const from = position;
    position += 1;
    out.set(from, entry);
    const { id, signal, items, request: bytes, route } = entry;
    const slice = { id, from, to: position, signal, bytes, items, entry };
    return keepsRoutes && route !== undefined ? { ...slice, route } : slice;
  };
  return {
    next: (_limits, abort) => {
      const turn = last.then(() => (abort.aborted ? undefined : read()));
      last = turn.catch(() => undefined);
      return turn;
    },
    done: ({ from }) => {
      out.delete(from);
    },
    // What is not done stays in `out`.
    abandon: () => undefined,
    backlog: { items: 0, bytes: 0, requests: 0, oldestMs: undefined },
    recoveredItems: 0,
    close: () => 0,
    rest: async function* () {
      yield* out.values();
      yield* entries;
    },
  };
}
