import type { Detector } from '../detector.ts';
import { matchEnd } from '../detector.ts';

const named =
  /(?:cvv2?|cvc2?|security[ _-]?code)(?:[^\dA-Za-z\0]{1,8}(?:is|code|number|no))?[^\dA-Za-z\0]{1,8}\d{3,4}(?![\dA-Za-z])(?!\.\d)/iy;

/** The three or four digits that prove a card is at hand (CVV, CVC), by the word before them. */
export const cardSecurityCode: Detector = {
  gate: {
    kind: 'literal',
    literals: ['cvv', 'cvc', 'security code', 'security_code', 'security-code', 'securitycode'],
    ignoreCase: true,
  },
  find({ text }, at, report) {
    const end = matchEnd(named, text, at);
    if (end < 0) return;
    const digits = /\d+$/.exec(text.slice(at, end))?.[0].length ?? 0;
    report('card_security_code', end - digits, end);
  },
};
