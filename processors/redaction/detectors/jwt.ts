import { escapeTail, isAlphanumeric, startsWord } from '../bytes.ts';
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

const encoded = /ZXlK[\w+/-]{40,65536}={0,2}/y;

/** A token once more in base64, as secrets are stored. */
export const encodedJwt: Detector = {
  gate: { kind: 'literal', literals: ['ZXlK'] },
  find({ bytes, text }, at, report) {
    if (!startsWord(bytes, at)) return;
    const end = matchEnd(encoded, text, at);
    if (end < 0) return;
    const opening = Buffer.from(text.slice(at, at + 512), 'base64').toString('latin1');
    const [header = ''] = opening.split('.');
    if (isJoseHeader(header)) report('jwt', at, end);
  },
};

function isJoseHeader(part: string): boolean {
  const header = Buffer.from(part, 'base64url').toString('latin1');
  return /"(?:alg|typ|enc|kid)"/.test(header);
}
