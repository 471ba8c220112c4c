import type { Detector } from '../detector.ts';
import { matchEnd, textBefore } from '../detector.ts';

const slashes = /:\\{0,4}\/\\{0,4}\//y;
/** Shorter passwords are those of examples: `https://a:b@host`. */
const userInfo = /[^\s/:@"'`\\<>?#[\]\0]{0,128}:[^\s/@"'`\\<>[\]\0]{4,256}(?=@)/y;
const placeholder = /[${}*]|%s|^:?[^:]*:(?:x+|\.{3}|redacted|pass(?:word|wd)?|pwd)$/i;

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

const signature =
  /[?&](?:sig|x-amz-signature|x-amz-security-token|x-goog-signature|signature)=[\w%+/=.-]{16,2048}/iy;

/** Signatures of pre-signed URLs (Azure SAS, AWS, Google Cloud Storage): who holds one may act. */
export const urlSignature: Detector = {
  gate: { kind: 'literal', literals: ['sig=', 'signature=', 'security-token='], ignoreCase: true },
  find(subject, at, report) {
    const before = textBefore(subject, at, 24);
    const separator = Math.max(before.lastIndexOf('&'), before.lastIndexOf('?'));
    if (separator < 0) return;
    const end = matchEnd(signature, subject.text, at - before.length + separator);
    if (end >= 0) report('credential', subject.text.indexOf('=', at) + 1, end);
  },
};
