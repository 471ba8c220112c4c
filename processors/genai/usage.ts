/**
 * Counts of one call. After `normaliseUsage` they are canonical: `input` contains cache reads and writes, audio and
 * image tokens, `output` contains reasoning. Absent is undefined, never 0 (semantic-conventions-genai, client-inference).
 */
export interface Usage {
  input: number | undefined;
  output: number | undefined;
  total: number | undefined;
  cacheRead: number | undefined;
  cacheWrite: number | undefined;
  cacheWrite5m: number | undefined;
  cacheWrite1h: number | undefined;
  reasoning: number | undefined;
  inputAudio: number | undefined;
  outputAudio: number | undefined;
  inputImage: number | undefined;
  outputImage: number | undefined;
  webSearches: number | undefined;
  audioSeconds: number | undefined;
}

/** What the emitter meant by its numbers: `as_is` where nothing decides it. Written as `genai.usage.convention`. */
export type Convention = 'inclusive' | 'exclusive' | 'as_is';

/** What is known of an emitter before its numbers are looked at. */
export interface UsageRule {
  /** Whether its input count contains cache reads and writes. */
  readonly input?: 'inclusive' | 'exclusive';
  /** Whether its output count contains reasoning. */
  readonly output?: 'inclusive' | 'exclusive';
  /** What the provider's total has beyond input and output where the emitter tells no part of it: cached input, or reasoning. */
  readonly rest?: 'input' | 'output';
}

/** The rule for counts that leave no part out. */
export const wholeCounts: UsageRule = { input: 'inclusive', output: 'inclusive' };

/** A usage with nothing in it. */
export function createUsage(): Usage {
  return {
    input: undefined,
    output: undefined,
    total: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
    cacheWrite5m: undefined,
    cacheWrite1h: undefined,
    reasoning: undefined,
    inputAudio: undefined,
    outputAudio: undefined,
    inputImage: undefined,
    outputImage: undefined,
    webSearches: undefined,
    audioSeconds: undefined,
  };
}

/** Empties a usage, so that one object serves span after span. */
export function clearUsage(usage: Usage): void {
  usage.input = undefined;
  usage.output = undefined;
  usage.total = undefined;
  usage.cacheRead = undefined;
  usage.cacheWrite = undefined;
  usage.cacheWrite5m = undefined;
  usage.cacheWrite1h = undefined;
  usage.reasoning = undefined;
  usage.inputAudio = undefined;
  usage.outputAudio = undefined;
  usage.inputImage = undefined;
  usage.outputImage = undefined;
  usage.webSearches = undefined;
  usage.audioSeconds = undefined;
}

/** Fills what a usage leaves open from another. */
export function fillUsage(usage: Usage, from: Readonly<Usage>): void {
  usage.input ??= from.input;
  usage.output ??= from.output;
  usage.total ??= from.total;
  usage.cacheRead ??= from.cacheRead;
  usage.cacheWrite ??= from.cacheWrite;
  usage.cacheWrite5m ??= from.cacheWrite5m;
  usage.cacheWrite1h ??= from.cacheWrite1h;
  usage.reasoning ??= from.reasoning;
  usage.inputAudio ??= from.inputAudio;
  usage.outputAudio ??= from.outputAudio;
  usage.inputImage ??= from.inputImage;
  usage.outputImage ??= from.outputImage;
  usage.webSearches ??= from.webSearches;
  usage.audioSeconds ??= from.audioSeconds;
}

/** Whether any tokens or seconds were counted at all; a usage of zeros says nothing. */
export function hasUsage(usage: Usage): boolean {
  return (
    (usage.input ?? 0) > 0 ||
    (usage.output ?? 0) > 0 ||
    (usage.audioSeconds ?? 0) > 0 ||
    (usage.inputAudio ?? 0) > 0 ||
    (usage.outputAudio ?? 0) > 0
  );
}

/**
 * Turns counts into canonical, inclusive ones in place and says what the emitter had meant. What is certain from the
 * numbers decides first (a subset larger than its whole, a total that only one reading explains), then `rule`, else they
 * stay as they are. Subsets are clamped to their whole afterwards.
 */
export function normaliseUsage(usage: Usage, rule: UsageRule | undefined): Convention {
  joinCacheWrites(usage);
  let convention = normaliseInput(usage, rule?.input);
  normaliseOutput(usage, rule?.output);
  if (addRest(usage, rule?.rest)) convention = 'exclusive';
  clamp(usage);
  return convention;
}

/** Adds what only the total tells; says whether it was input. */
function addRest(usage: Usage, rest: UsageRule['rest']): boolean {
  const { input, output, total } = usage;
  if (input === undefined || output === undefined || total === undefined) return false;
  const missing = total - input - output;
  if (missing <= 0) return false;
  const isCached = (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0) > 0;
  if (rest === 'output' && usage.reasoning === undefined) usage.output = output + missing;
  if (rest !== 'input' || isCached) return false;
  usage.input = input + missing;
  return true;
}

function joinCacheWrites(usage: Usage): void {
  if (usage.cacheWrite5m === undefined && usage.cacheWrite1h === undefined) return;
  const split = (usage.cacheWrite5m ?? 0) + (usage.cacheWrite1h ?? 0);
  // A split below the total is a known loss of streamed answers; one above it is the better count.
  usage.cacheWrite = atMost(Math.max(usage.cacheWrite ?? 0, split), largest);
}

function normaliseInput(usage: Usage, rule: UsageRule['input']): Convention {
  const { input } = usage;
  if (input === undefined) return 'as_is';
  const cached = (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
  if (isInputExclusive(usage, input, cached) || (rule === 'exclusive' && cached > 0)) {
    usage.input = atMost(input + cached, largest);
    return 'exclusive';
  }
  return rule ?? 'as_is';
}

function isInputExclusive(usage: Usage, input: number, cached: number): boolean {
  if (cached === 0) return false;
  if (cached > input) return true;
  return usage.total !== undefined && usage.total === input + cached + (usage.output ?? 0);
}

function normaliseOutput(usage: Usage, rule: UsageRule['output']): void {
  const { output, reasoning } = usage;
  if (output === undefined || reasoning === undefined || reasoning === 0) return;
  const explained = usage.total === (usage.input ?? 0) + output + reasoning;
  if (reasoning > output || explained || rule === 'exclusive') {
    usage.output = atMost(output + reasoning, largest);
  }
}

function clamp(usage: Usage): void {
  const { input, output } = usage;
  if (input !== undefined) {
    usage.cacheRead = atMost(usage.cacheRead, input);
    usage.cacheWrite = atMost(usage.cacheWrite, input - (usage.cacheRead ?? 0));
    usage.inputAudio = atMost(usage.inputAudio, input);
    usage.inputImage = atMost(usage.inputImage, input);
  }
  if (usage.cacheWrite !== undefined) {
    usage.cacheWrite1h = atMost(usage.cacheWrite1h, usage.cacheWrite);
    usage.cacheWrite5m = atMost(usage.cacheWrite5m, usage.cacheWrite - (usage.cacheWrite1h ?? 0));
  }
  if (output !== undefined) {
    usage.reasoning = atMost(usage.reasoning, output);
    usage.outputAudio = atMost(usage.outputAudio, output);
    usage.outputImage = atMost(usage.outputImage, output);
  }
}

/** Counts are whole numbers, which sums of hostile ones would not be. */
const largest = Number.MAX_SAFE_INTEGER;

function atMost(count: number | undefined, whole: number): number | undefined {
  return count !== undefined && count > whole ? whole : count;
}

/** Sets a count of a usage where it has none yet. */
export function fill(usage: Usage, field: keyof Usage, count: number | undefined): void {
  if (countOf(usage, field) === undefined) setCount(usage, field, count);
}

/** Written out, as is `setCount`: a field whose name is known only at run time is several times slower to reach. */
function countOf(usage: Usage, field: keyof Usage): number | undefined {
  switch (field) {
    case 'input':
      return usage.input;
    case 'output':
      return usage.output;
    case 'total':
      return usage.total;
    case 'cacheRead':
      return usage.cacheRead;
    case 'cacheWrite':
      return usage.cacheWrite;
    case 'cacheWrite5m':
      return usage.cacheWrite5m;
    case 'cacheWrite1h':
      return usage.cacheWrite1h;
    case 'reasoning':
      return usage.reasoning;
    case 'inputAudio':
      return usage.inputAudio;
    case 'outputAudio':
      return usage.outputAudio;
    case 'inputImage':
      return usage.inputImage;
    case 'outputImage':
      return usage.outputImage;
    case 'webSearches':
      return usage.webSearches;
    case 'audioSeconds':
      return usage.audioSeconds;
  }
}

function setCount(usage: Usage, field: keyof Usage, count: number | undefined): void {
  switch (field) {
    case 'input':
      usage.input = count;
      return;
    case 'output':
      usage.output = count;
      return;
    case 'total':
      usage.total = count;
      return;
    case 'cacheRead':
      usage.cacheRead = count;
      return;
    case 'cacheWrite':
      usage.cacheWrite = count;
      return;
    case 'cacheWrite5m':
      usage.cacheWrite5m = count;
      return;
    case 'cacheWrite1h':
      usage.cacheWrite1h = count;
      return;
    case 'reasoning':
      usage.reasoning = count;
      return;
    case 'inputAudio':
      usage.inputAudio = count;
      return;
    case 'outputAudio':
      usage.outputAudio = count;
      return;
    case 'inputImage':
      usage.inputImage = count;
      return;
    case 'outputImage':
      usage.outputImage = count;
      return;
    case 'webSearches':
      usage.webSearches = count;
      return;
    case 'audioSeconds':
      usage.audioSeconds = count;
      return;
  }
}

/**
 * A count from whatever an emitter sent: an int, a double, a decimal string. Undefined where it is negative, not finite,
 * or no number; fractions are cut off, except for seconds, which the caller reads with `toQuantity`.
 */
export function toCount(value: unknown): number | undefined {
  const quantity = toQuantity(value);
  return quantity === undefined ? undefined : Math.trunc(quantity);
}

/** A non-negative finite number up to 2^53 from a number, a bigint or a decimal string, else undefined. */
export function toQuantity(value: unknown): number | undefined {
  if (typeof value === 'string' && !/^\s*\+?\d+(\.\d+)?(e[+-]?\d+)?\s*$/i.test(value)) {
    return undefined;
  }
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'bigint' || typeof value === 'string'
        ? Number(value)
        : Number.NaN;
  return number >= 0 && number <= Number.MAX_SAFE_INTEGER ? number : undefined;
}
