import type { Detector, Report, Subject } from '../detector.ts';
import { matchEnd, textAfter, textBefore } from '../detector.ts';
import { isPlaceholder } from './assignment.ts';
import { entropy } from './randomness.ts';

/** Bytes of a manifest in which its kind and its data stand. */
const manifestBytes = 1024;
const dataKey = /(?:^|[\s"'{,])"?data"?:/g;
const entry =
  /["']?[\w.-]{1,128}["']?:[ \t]*(?:[|>][-+]?\s+)?["']?([A-Za-z0-9+/]{8,8192}={0,2})["']?/dg;

/** The values of a Kubernetes manifest of kind `Secret`, in base64 under `data`, in front of the kind or behind it. */
export const kubernetesSecret: Detector = {
  gate: {
    kind: 'literal',
    literals: [
      'kind: secret',
      'kind: "secret"',
      "kind: 'secret'",
      '"kind":"secret"',
      '"kind": "secret"',
    ],
    ignoreCase: true,
  },
  find(subject, at, report) {
    const before = textBefore(subject, at, manifestBytes);
    const from = before.lastIndexOf('\n---') + 1;
    reportData(before.slice(from), at - before.length + from, report);
    const after = textAfter(subject, at, manifestBytes);
    const end = after.indexOf('\n---');
    reportData(end < 0 ? after : after.slice(0, end), at, report);
  },
};

function reportData(text: string, offset: number, report: Report): void {
  let readTo = 0;
  for (const key of text.matchAll(dataKey)) {
    // A key inside of what was read would have the same read again.
    if (key.index < readTo) continue;
    const dataAt = key.index + key[0].length;
    readTo = dataEnd(text, dataAt);
    const block = text.slice(dataAt, readTo);
    for (const found of block.matchAll(entry)) {
      const [start = 0, end = 0] = found.indices?.[1] ?? [];
      report('credential', offset + dataAt + start, offset + dataAt + end);
    }
  }
}

/** Where the next key begins that stands as far to the left as `data` itself. */
function dataEnd(text: string, from: number): number {
  const next = /\n(?=[A-Za-z"'])|\}/g;
  next.lastIndex = from;
  return next.exec(text)?.index ?? text.length;
}

const configValue = /[^"']{0,64}["']\s{1,4}value\s?=\s?["']([^"'\0\r\n]{6,256})["']/dy;

/** Passwords in the XML of .NET configurations: `<add key="ClearTextPassword" value="…" />`, plain words too. */
export const configPassword: Detector = {
  gate: {
    kind: 'literal',
    literals: ['password" value', 'password"  value', "password' value"],
    ignoreCase: true,
  },
  find({ text }, at, report) {
    configValue.lastIndex = at;
    const found = configValue.exec(text);
    const [start = 0, end = 0] = found?.indices?.[1] ?? [];
    if (found === null || isPlaceholder(text.slice(start, end))) return;
    report('credential', start, end);
  },
};

const jwkMember = /"\s?:\s?(?:\\{0,8}")([\w-]{30,2048})/dy;
/** Bytes around a private member in which its key says that it is one. */
const jwkBytes = 2048;

/** The private part of a JSON web key (RFC 7517, RFC 7518): `d` beside `kty`. */
export const privateJwk: Detector = {
  gate: { kind: 'literal', literals: ['"d":', '"d" :', '\\"d\\"'] },
  find(subject, at, report) {
    const nameEnd = subject.text.indexOf('d', at) + 1;
    jwkMember.lastIndex = subject.text.indexOf('"', nameEnd);
    const found = jwkMember.exec(subject.text);
    const [start = 0, end = 0] = found?.indices?.[1] ?? [];
    if (found === null || start - at > 32) return;
    const around = textBefore(subject, at, jwkBytes) + textAfter(subject, end, jwkBytes);
    if (around.includes('"kty')) report('private_key', start, end);
  },
};

const puttyLines = /Private-Lines: \d{1,4}(?:\s|\\{1,8}[nr]){1,4}/y;
const base64Lines =
  /(?:[A-Za-z0-9+/=]|\s|\\{1,8}[nr]){16,16384}?(?=\s{0,2}(?:\\{1,8}[nr])?Private-MAC|["\0]|$)/y;

/** The private part of a PuTTY key file. */
export const puttyKey: Detector = {
  gate: { kind: 'literal', literals: ['Private-Lines: '] },
  find({ text }, at, report) {
    const start = matchEnd(puttyLines, text, at);
    const end = start < 0 ? -1 : matchEnd(base64Lines, text, start);
    if (end >= 0) report('private_key', start, end);
  },
};

const base64Text = /[A-Za-z0-9+/_-]{32,65536}={0,2}/y;
/** `-----BEGIN` in base64, at a multiple of three bytes. */
const beginInBase64 = 'LS0tLS1CRUdJTi';

/** A PEM private key once more in base64, as environment variables and Kubernetes hold it. */
export const encodedPrivateKey: Detector = {
  gate: { kind: 'literal', literals: [beginInBase64] },
  find({ text }, at, report) {
    const end = matchEnd(base64Text, text, at);
    const opening = Buffer.from(text.slice(at, at + 80), 'base64').toString('latin1');
    if (end >= 0 && /^-----BEGIN [A-Z ]{0,32}PRIVATE KEY/.test(opening)) {
      report('private_key', at, end);
    }
  },
};

// One quoted pair, two quoted halves, or none; a shell fills in `$NAME` save between single quotes.
const userOption =
  /\s-(?:u ?|-user[ =]) {0,2}(?:\\{0,4}"([^"$\\\0]{0,128}:[^"$\\\0]{0,128})["\\]|'([^'\0]{0,128}:[^'\0]{0,128})'|([^\s"'$:\\\0]{0,128}:[^\s"'$\\\0]{3,128})|((?:"[^"$\0]{1,64}"|'[^'\0]{1,64}'|[\w@.-]{1,64}):(?:"[^"$\0]{3,128}"|'[^'\0]{3,128}')))/d;
/** Bytes of a command line in which its option stands. */
const commandBytes = 512;
const examplePassword =
  /^[^:]*:(?:x+|y+|\*+|<.*|\[.*|pass(?:word)?|pwd|test|token|change(?:it|me)|\.{3}|)$/i;

/** User name and password on the command line of curl; a token may stand in place of the user, with no password. */
export const curlUser: Detector = {
  gate: { kind: 'literal', literals: ['curl '] },
  find(subject: Subject, at, report) {
    const found = userOption.exec(textAfter(subject, at, commandBytes));
    if (found === null) return;
    const pair = found[1] ?? found[2] ?? found[3] ?? found[4] ?? '';
    const [start = 0, end = 0] = found.indices?.find((_, group) => group > 0 && found[group]) ?? [];
    const isToken = pair.endsWith(':') && pair.length > minToken && /\d/.test(pair);
    if (isPlaceholder(pair) || (!isToken && examplePassword.test(pair))) return;
    report('credential', at + start, at + end);
  },
};

const keyHeader =
  /\s(?:-H|--header)[= ]{1,5}\\{0,4}["'](?:Authorization:[ \t]{0,5}(?:(?:Basic|Bearer|(?:Api-)?Token)[ \t])?|(?:X-(?:[a-z]{1,24}-){0,3})?(?:Api-?|Auth-?|Access-?|Private-?|Vault-?)?(?:Key|Token):[ \t]{0,5})([\w=~@.+/-]{8,4096})\\{0,4}["']/dgi;
/** Bits a character that a header's value has at least, where it is no example. */
const headerEntropy = 2.75;

/** Keys and tokens in the headers on the command line of curl: in their place shorter ones can be told too. */
export const curlHeader: Detector = {
  gate: { kind: 'literal', literals: ['curl '] },
  find(subject, at, report) {
    for (const found of textAfter(subject, at, 2 * commandBytes).matchAll(keyHeader)) {
      const [start = 0, end = 0] = found.indices?.[1] ?? [];
      const value = found[1] ?? '';
      if (isPlaceholder(value) || entropy(value) < headerEntropy) continue;
      report('credential', at + start, at + end);
    }
  },
};

/** The shortest token in place of a user's name. */
const minToken = 10;
