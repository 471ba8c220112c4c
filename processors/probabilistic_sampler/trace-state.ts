import { formatRandomness, formatThreshold, parseRandomness, parseThreshold } from './threshold.ts';

/** The W3C limits of a `tracestate` that are checked. */
const maxMembers = 32;
const maxLength = 1024;
const maxOtLength = 256;

const memberPattern =
  /^(?:[a-z][a-z0-9*/_-]{0,255}|[a-z0-9][a-z0-9*/_-]{0,240}@[a-z][a-z0-9*/_-]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const otPattern = /^[a-z][a-z0-9]*:[\w.-]*(?:;[a-z][a-z0-9]*:[\w.-]*)*$/;

/** What a W3C trace state says about sampling, and the rest of it, to be written back. */
export interface TraceState {
  /** `rv` as it came, so that its spelling survives. */
  readonly rv: string | undefined;
  readonly randomness: bigint | undefined;
  readonly threshold: bigint | undefined;
  /** Members of the `ot` section other than `rv` and `th`, as they came. */
  readonly otherOt: readonly string[];
  /** Members of other vendors, as they came. */
  readonly others: readonly string[];
}

const emptyTraceState: TraceState = {
  rv: undefined,
  randomness: undefined,
  threshold: undefined,
  otherOt: [],
  others: [],
};

/** Parses a trace state; undefined where it breaks W3C's grammar or its `ot` section is not valid. */
export function parseTraceState(text: string): TraceState | undefined {
  if (text === '') return emptyTraceState;
  if (text.length > maxLength) return undefined;
  const members = text.split(',').map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''));
  const filled = members.filter((member) => member !== '');
  if (filled.length > maxMembers || !filled.every((member) => memberPattern.test(member))) {
    return undefined;
  }
  const ot = filled.find((member) => member.startsWith('ot='));
  const others = filled.filter((member) => !member.startsWith('ot='));
  return ot === undefined ? { ...emptyTraceState, others } : parseOt(ot.slice(3), others);
}

function parseOt(ot: string, others: readonly string[]): TraceState | undefined {
  if (ot.length > maxOtLength || !otPattern.test(ot)) return undefined;
  const otherOt: string[] = [];
  let rv: string | undefined;
  let th: string | undefined;
  for (const member of ot.split(';')) {
    if (member.startsWith('rv:')) rv = member.slice(3);
    else if (member.startsWith('th:')) th = member.slice(3);
    else otherOt.push(member);
  }
  const randomness = rv === undefined ? undefined : parseRandomness(rv);
  const threshold = th === undefined ? undefined : parseThreshold(th);
  if (rv !== undefined && randomness === undefined) return undefined;
  if (th !== undefined && threshold === undefined) return undefined;
  return { rv, randomness, threshold, otherOt, others };
}

/** Writes a trace state with the `ot` section first, as the vendor that changed it last must stand. */
export function formatTraceState(state: TraceState): string {
  const ot = [
    ...(state.randomness === undefined
      ? []
      : [`rv:${state.rv ?? formatRandomness(state.randomness)}`]),
    ...(state.threshold === undefined ? [] : [`th:${formatThreshold(state.threshold)}`]),
    ...state.otherOt,
  ].join(';');
  return [...(ot === '' ? [] : [`ot=${ot}`]), ...state.others].join(',');
}
