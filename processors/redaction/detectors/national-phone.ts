import type { Detector } from '../detector.ts';
import { matchEnd } from '../detector.ts';
import { endsNumber, groupStart, startsNumber } from '../number-run.ts';

/** How numbers are written at home, from their first digit on; only where the configuration names the country. */
const plans: Readonly<Record<string, RegExp>> = {
  cn: /1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})/y,
  tw: /09\d\d(?:\d{6}|[ -]\d{3}[ -]\d{3})|0[2-8]-\d{3,4}-\d{4}/y,
  hk: /[5679]\d{3}[ -]\d{4}/y,
  jp: /0\d{1,4}-\d{1,4}-\d{4}/y,
  kr: /01[016789]-\d{3,4}-\d{4}/y,
  in: /[6-9]\d{4}[ -]\d{5}/y,
  uk: /0(?:7\d{3}[ -]?\d{3}[ -]?\d{3}|20[ -]\d{4}[ -]?\d{4}|1\d{3}[ -]\d{6})/y,
  de: /0[1-9]\d{1,4}[ /-]\d{3,9}(?:-\d{1,4})?/y,
  fr: /0[1-9](?:([ .-])\d{2}(?:\1\d{2}){3}|\d{8})/y,
  es: /[679]\d{2}([ .-])\d{3}\1\d{3}/y,
  it: /3\d{2}[ .-]\d{6,7}|0\d{1,3}[ /-]\d{5,8}/y,
  nl: /06[ -]?\d{8}|0\d{2,3}[ -]\d{6,7}/y,
  au: /04\d{2} \d{3} \d{3}|0[2378] \d{4} \d{4}/y,
  br: /9\d{4}-\d{4}/y,
  pl: /\d{3}([ -])\d{3}\1\d{3}/y,
  se: /07\d-?\d{3} ?\d{2} ?\d{2}/y,
  sg: /[689]\d{3} \d{4}/y,
};

/** Detectors of national phone numbers of some countries, without a word that names them. */
export function nationalPhone(regions: readonly string[]): Detector[] {
  return regions.flatMap((region) => {
    const plan = plans[region];
    return plan === undefined ? [] : [createDetector(plan)];
  });
}

function createDetector(plan: RegExp): Detector {
  return {
    gate: { kind: 'number' },
    find({ bytes, text, run }, group, report) {
      const start = groupStart(run, group);
      if (!startsNumber(bytes, start) || bytes[start - 1] === hyphen) return;
      const end = matchEnd(plan, text, start);
      if (end >= 0 && endsNumber(bytes, end) && bytes[end] !== hyphen) report('phone', start, end);
    },
  };
}

const hyphen = 0x2d;
