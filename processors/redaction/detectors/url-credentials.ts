import type { Detector } from '../detector.ts';
import { matchEnd } from '../detector.ts';

const slashes = /:\\{0,4}\/\\{0,4}\//y;
const userInfo = /[^\s/:@"'`\\<>?#[\]\0]{0,128}:[^\s/@"'`\\<>[\]\0]{1,256}(?=@)/y;
const placeholder = /[${}*]|%s|^:?[^:]*:(?:x+|\.{3}|redacted)$/i;

/** User name and password in a URL (RFC 3986 userinfo): `scheme://user:password@host`. */
export const urlCredentials: Detector = {
  gate: { kind: 'literal', literals: ['://', ':\\/\\/'] },
  find(subject, at, report) {
    const start = matchEnd(slashes, subject.text, at);
    if (start < 0) return;
    const end = matchEnd(userInfo, subject.text, start);
    if (end > start && !placeholder.test(subject.text.slice(start, end))) {
      report('url_credentials', start, end);
    }
  },
};
