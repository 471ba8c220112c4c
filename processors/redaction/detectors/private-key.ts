import type { Detector } from '../detector.ts';
import { matchEnd } from '../detector.ts';

const begin = /-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----/y;
// A single hyphen may stand in the armour's headers; five start the end line.
const body = /(?:[A-Za-z0-9+/=:;,.()@<> \t\r\n]|-(?!----)|\\{1,8}[nrt/]){0,65536}/y;
const end = /-----END [A-Z0-9 ]{0,64}-----/y;
const age = /AGE-SECRET-KEY-1[0-9A-Z]{58}(?![0-9A-Za-z])/y;

/** PEM, OpenSSH and PGP private keys (RFC 7468), also cut off or with escaped line breaks, and age identities. */
export const privateKey: Detector = {
  gate: { kind: 'literal', literals: ['-----BEGIN ', 'AGE-SECRET-KEY-1'] },
  find(subject, at, report) {
    const { text } = subject;
    const bodyStart = matchEnd(begin, text, at);
    if (bodyStart >= 0) {
      const bodyEnd = matchEnd(body, text, bodyStart);
      report('private_key', at, Math.max(bodyEnd, matchEnd(end, text, bodyEnd)));
      return;
    }
    const ageEnd = matchEnd(age, text, at);
    if (ageEnd >= 0) report('private_key', at, ageEnd);
  },
};
