import { escapeTail, isAlphanumeric } from '../bytes.ts';
import type { Detector } from '../detector.ts';
import { matchEnd } from '../detector.ts';

const compact = /eyJ[\w-]{8,8192}(?:\.[\w-]{4,65536})(?:\.[\w-]{0,65536}){0,3}/y;

const underscore = 0x5f;
const hyphen = 0x2d;

/**
 * JSON web tokens (RFC 7519), signed or encrypted, cut off or whole: base64url parts whose first one is a JOSE header.
 * A token never starts inside another's alphabet, which keeps a row of `eyJ` linear.
 */
export const jwt: Detector = {
  gate: { kind: 'literal', literals: ['eyJ'] },
  find(subject, at, report) {
    const { bytes, text } = subject;
    const before = bytes[at - 1];
    const isInside = isAlphanumeric(before) || before === underscore || before === hyphen;
    if (isInside && escapeTail(bytes, at - 1) !== 1) return;
    const end = matchEnd(compact, text, at);
    if (end > at && isJoseHeader(text.slice(at, text.indexOf('.', at)))) report('jwt', at, end);
  },
};

function isJoseHeader(part: string): boolean {
  const header = Buffer.from(part, 'base64url').toString('latin1');
  return /"(?:alg|typ|enc|kid)"/.test(header);
}
