import { isBase58Address } from '../processors/redaction/detectors/crypto-wallet.ts';
import { passesLuhn, mod97 } from '../processors/redaction/detectors/checksum.ts';
import { patternOf } from '../processors/redaction/detectors/id-rule.ts';
import { idRules } from '../processors/redaction/detectors/table.ts';
import type { Row } from './pii-labels.ts';
import type { Sample } from './pii-samples.ts';
import { framedValue } from './pii-samples.ts';

/**
 * What the labels of the samples mean for somebody who looks for values in a text. They were made for recognisers of
 * other projects, some of them for whole values, some by form alone. Each rule holds for all samples of both halves, and
 * the evaluation prints how often it held.
 */
interface LabelRule {
  readonly name: string;
  applies(label: LabelCase): boolean;
}

/** One label as the rules see it. */
export interface LabelCase {
  readonly row: Row;
  readonly value: string;
  readonly sample: Sample;
}

/** Variants whose texts have no word that names the value. */
const wordless = new Set(['nocontext', 'percent-encoded']);

const ofRow = (row: Row): typeof idRules => idRules.filter(({ entity }) => entity === row);
const compact = (value: string): string => value.replace(/[^\dA-Za-z]/g, '').toUpperCase();

/** What a label's value means, however it is written: the rules are about the value. */
function plainOf(value: string): string {
  return value
    .replace(/\\u([\da-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/%([2-7][\dA-F])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .normalize('NFKC')
    .replaceAll('\u200b', '');
}

/** Why a label is not counted, the first rule that holds. */
const labelRules: readonly LabelRule[] = [
  {
    name: 'needs a word, and the text has none',
    applies: ({ row, value, sample }) =>
      wordless.has(sample.variant ?? '') && !isTakenAlone(row, value),
  },
  {
    name: 'fails the checksum of its scheme',
    applies: ({ row, value }) => failsChecksum(row, value),
  },
  {
    name: 'one character repeated, a placeholder',
    applies: ({ row, value }) =>
      row === 'secret'
        ? /([A-Za-z*])\1{5}|:(?:pass(?:word|wd)?|pwd)@/.test(value)
        : /^\D*(\d)(?:\D*\1)+\D*$/.test(value),
  },
  {
    name: 'nobody’s address: loopback, unspecified, broadcast',
    applies: ({ row, value }) =>
      (row === 'ip' && isNobodys(value)) || (row === 'mac' && /^[fF:.-]+$|^[0:.-]+$/.test(value)),
  },
  {
    name: 'wallet of a test network',
    applies: ({ row, value }) => row === 'crypto_wallet' && /^(?:[2mn][1-9A-Z]|tb1)/i.test(value),
  },
];

/** The name of the rule by which a label is not counted; undefined where it is. */
export function ruleOfLabel(label: LabelCase): string | undefined {
  const plain = { ...label, value: plainOf(label.value) };
  return labelRules.find((rule) => rule.applies(plain))?.name;
}

/** Rows whose values are precise however they are written. */
const precise: ReadonlySet<Row> = new Set<Row>(['iban', 'email', 'secret', 'crypto_wallet']);

function isTakenAlone(row: Row, value: string): boolean {
  if (precise.has(row)) return true;
  if (row === 'ip') return value.includes('.') ? !isSmallVersion(value) : isLongIpv6(value);
  if (row === 'phone') return /^\+|^\(\d{3}\)|^(?:\d{3}-){2}\d{4}$/.test(value);
  if (row === 'mac') return /[:-]/.test(value) || /^(?=(?:.*[a-f].*\.)).*\..*[a-f]/i.test(value);
  if (row === 'card') return /^(?!1)(?:\D*\d){14,16}\D*$/.test(value);
  if (row === 'us_ssn' || row === 'us_itin') return value.includes('-');
  return ofRow(row).some(
    ({ alone = [], isValid }) =>
      isValid(compact(value)) &&
      alone.some((form) => new RegExp(`^${patternOf(form)}$`).test(value)),
  );
}

function isSmallVersion(value: string): boolean {
  return value.split('.').every((octet) => Number(octet) < 32) && !value.startsWith('10.');
}

function isLongIpv6(value: string): boolean {
  const groups = value.split(':').filter((group) => group !== '');
  return groups.length >= 3 || groups[0]?.length === 4;
}

/** Bot tokens of Discord start with the bot's number in base64. */
const discord = /^[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}$/;

function failsChecksum(row: Row, value: string): boolean {
  const id = compact(value);
  if (row === 'card') return !passesLuhn(id);
  if (row === 'secret' && discord.test(value)) {
    return !/^\d{3}/.test(Buffer.from(value.slice(0, 4), 'base64').toString('latin1'));
  }
  if (row === 'iban') return mod97(id.slice(4) + id.slice(0, 4)) !== 1;
  if (row === 'crypto_wallet' && /^[13]/.test(value)) return !isBase58Address(value.trim());
  const rules = ofRow(row);
  return (
    rules.length > 0 && !rules.some((rule) => rule.isValid(id) || rule.isPlausible?.(id) === true)
  );
}

function isNobodys(value: string): boolean {
  const dotted = /\d+\.\d+\.\d+\.\d+/.exec(value)?.[0];
  if (dotted !== undefined) return /^(?:127\.|0\.|255\.255\.|2(?:2[4-9]|3\d)\.)/.test(dotted);
  return /^[0:]*:0*1?(?:[%/]|$)/.test(value);
}

/** A hit beside the labels, as the rules see it. */
export interface HitCase {
  readonly row: Row;
  readonly entity: string;
  readonly value: string;
  readonly sample: Sample;
}

interface HitRule {
  readonly name: string;
  applies(hit: HitCase): boolean;
}

const voided = /^(?:078[-. ]?05[-. ]?1120|219[-. ]?09[-. ]?9999|457[-. ]?55[-. ]?5462)$/;

/** Why a hit beside the labels is not counted as false, the first rule that holds. */
const hitRules: readonly HitRule[] = [
  {
    name: 'the row has types that the labels do not cover',
    applies: ({ row, sample }) =>
      row === 'crypto_wallet' && new Set(sample.label_types).size < walletTypes,
  },
  {
    name: 'whole in itself; the oracle refused it with what adjoins it',
    applies: ({ value, sample }) => {
      const whole = sample.kind === 'embedded' ? framedValue(sample) : undefined;
      return whole !== undefined && standsFree(whole, value);
    },
  },
  {
    name: 'its check digits are right; the oracle refused how it is written',
    applies: ({ row, value }) =>
      ofRow(row).some(({ isValid }) => isValid(compact(value)) && /\d[^\dA-Za-z]+\d/.test(value)),
  },
  {
    name: 'in fullwidth letters, which the oracle takes for foreign ones',
    applies: ({ row, value }) => row === 'email' && /[\uff21-\uff5a]/.test(value),
  },
  {
    name: 'the text calls it a phone number; the oracle knows mobile ones only',
    applies: ({ row, sample }) => row === 'phone' && /phone/i.test(sample.text),
  },
  {
    name: 'in the format of a vendor’s keys, in documentation',
    applies: ({ entity, sample }) =>
      sample.kind === 'hard-negative' && (entity === 'api_key' || entity === 'jwt'),
  },
  {
    name: 'a social security number voided because it was published',
    applies: ({ row, value }) => row === 'us_ssn' && voided.test(value),
  },
];

/** Wallets of Bitcoin and of Ethereum. */
const walletTypes = 2;

function standsFree(whole: string, value: string): boolean {
  const at = whole.indexOf(value);
  if (at < 0 || whole === value) return false;
  const before = whole.charAt(at - 1);
  const after = whole.charAt(at + value.length);
  return !/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after);
}

/** The name of the rule by which a hit is not counted as false; undefined where it is. */
export function ruleOfHit(hit: HitCase): string | undefined {
  return hitRules.find((rule) => rule.applies(hit))?.name;
}
