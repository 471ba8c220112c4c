import {
  digitAt,
  hasDay,
  isDay,
  isRepeated,
  passesLuhn,
  passesMod11And2,
  passesVerhoeff,
  weightedSum,
} from '../checksum.ts';
import type { IdRule } from '../id-rule.ts';

const chineseProvinces = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])/;

function isChineseBirth(digits: string): boolean {
  return /^(?:18|19|20)/.test(digits.slice(6)) && hasDay(digits, 10, 12);
}

/** GB 11643: region, date of birth, sequence, check character. */
function isChineseId(id: string): boolean {
  if (id.length === 15) return chineseProvinces.test(id) && hasDay(id, 8, 10);
  return chineseProvinces.test(id) && isChineseBirth(id) && passesMod11And2(id);
}

const taiwaneseLetters = 'ABCDEFGHJKLMNPQRSTUVXYWZIO';

/** Taiwan's ids and resident certificates: a letter of two digits, weights 1 9 8 7 6 5 4 3 2 1 1. */
function isTaiwaneseId(id: string): boolean {
  const letter = taiwaneseLetters.indexOf(id.charAt(0)) + 10;
  const second = /\d/.test(id.charAt(1))
    ? id.charAt(1)
    : String(taiwaneseLetters.indexOf(id.charAt(1)) % 10);
  if (!/^[A-Z][1289A-D]/.test(id) || !/^\d$/.test(second)) return false;
  const digits = `${letter}${second}${id.slice(2)}`;
  return weightedSum(digits, [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]) % 10 === 0;
}

/** Hong Kong's identity card: one or two letters, six digits, check digit or `A`. */
function isHongKongId(id: string): boolean {
  const padded = id.padStart(9, ' ');
  let sum = 0;
  for (let index = 0; index < 8; index++) {
    const char = padded.charAt(index);
    const value = char === ' ' ? 36 : digitAt(padded, index);
    sum += value * (9 - index);
  }
  const last = padded.charAt(8);
  return (sum + (last === 'A' ? 10 : Number(last))) % 11 === 0;
}

function isMyNumber(id: string): boolean {
  const sum = weightedSum(id, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
  const rest = sum % 11;
  return (rest <= 1 ? 0 : 11 - rest) === digitAt(id, 11) && !isRepeated(id);
}

const koreanWeights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];

/** South Korea's resident and foreigner numbers. Those given out since October 2020 have no check digit. */
function isKoreanId(id: string): boolean {
  if (!hasDay(id, 2, 4)) return false;
  const rest = weightedSum(id, koreanWeights) % 11;
  const check = digitAt(id, 12);
  return check === (11 - rest) % 10 || check === (13 - rest) % 10 || /^[0-3].{5}[3478]/.test(id);
}

const singaporeLocal = 'JZIHGFEDCBA';
const singaporeForeign = 'XWUTRQPNMLK';
const singaporeM = 'XWUTRQPNJLK';

function isSingaporean(id: string): boolean {
  const prefix = id.charAt(0);
  const offset = 'TG'.includes(prefix) ? 4 : prefix === 'M' ? 3 : 0;
  const rest = (weightedSum(id.slice(1), [2, 7, 6, 5, 4, 3, 2]) + offset) % 11;
  const table = 'ST'.includes(prefix)
    ? singaporeLocal
    : prefix === 'M'
      ? singaporeM
      : singaporeForeign;
  const at = prefix === 'M' ? 10 - rest : rest;
  return /^[STFGM]/.test(id) && table.charAt(at) === id.charAt(8);
}

function isThaiId(id: string): boolean {
  const rest = weightedSum(id, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return !/^[09]/.test(id) && (11 - rest) % 10 === digitAt(id, 12);
}

function isMedicare(id: string): boolean {
  return /^[2-6]/.test(id) && weightedSum(id, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === digitAt(id, 8);
}

/** Indonesia: place, day of birth (women's is higher by 40), month, year, sequence. */
function isNik(id: string): boolean {
  const day = Number(id.slice(6, 8));
  return /^[1-9]\d(?!00)/.test(id) && isDay(Number(id.slice(8, 10)), day > 40 ? day - 40 : day);
}

const irdWeights = [3, 2, 7, 6, 5, 4, 3, 2];
/** Where the first weights give 10. */
const irdSecondWeights = [7, 4, 3, 2, 5, 2, 7, 6];

function isIrd(id: string): boolean {
  const base = id.slice(0, -1).padStart(8, '0');
  const first = (11 - (weightedSum(base, irdWeights) % 11)) % 11;
  const check = first < 10 ? first : (11 - (weightedSum(base, irdSecondWeights) % 11)) % 11;
  return check === digitAt(id, id.length - 1);
}

/** Identity, tax and health numbers of Asia and the Pacific. */
export const asianIds: readonly IdRule[] = [
  {
    entity: 'cn_resident_id',
    alone: ['99999999999999999X', '99999999999999999x'],
    named: ['999999999999999', '999999 99999999 999X', '999999-99999999-999X'],
    words: ['身份证', '身份證', '证件号', 'id card', 'resident id', 'identity card', '公民身份'],
    isValid: isChineseId,
  },
  {
    entity: 'tw_national_id',
    alone: ['A999999999'],
    named: ['a999999999', 'AA99999999'],
    words: ['身分證', '身份證', '統一證號', '居留證', 'national id', 'taiwan'],
    isValid: isTaiwaneseId,
  },
  {
    entity: 'hk_id',
    alone: ['A999999(X)', 'AA999999(X)', 'A999999[X]', 'AA999999[X]'],
    named: [
      'a999999(X)',
      'aa999999(X)',
      'a999999(a)',
      'a999999X',
      'aa999999X',
      'a999999a',
      'aa999999a',
    ],
    words: ['hkid', '香港身份證', '身份證', '身份证', 'hong kong', 'identity card'],
    isValid: isHongKongId,
  },
  {
    entity: 'jp_my_number',
    named: ['999999999999', '9999 9999 9999', '9999-9999-9999'],
    words: ['マイナンバー', '個人番号', 'my number', 'kojin bango'],
    isValid: isMyNumber,
  },
  {
    entity: 'kr_rrn',
    alone: ['999999-9999999'],
    named: ['9999999999999', '999999 9999999'],
    words: ['주민등록', '주민번호', '외국인등록', 'rrn', 'resident registration'],
    isValid: isKoreanId,
    isPlausible: (id) => hasDay(id, 2, 4) && /^.{6}[1-8]/.test(id),
  },
  {
    entity: 'in_aadhaar',
    alone: ['9999 9999 9999'],
    named: ['999999999999', '9999-9999-9999'],
    words: ['aadhaar', 'aadhar', 'adhaar', 'आधार', 'uidai'],
    isValid: (id) =>
      /^[2-9]/.test(id) && passesVerhoeff(id) && id !== Array.from(id).reverse().join(''),
  },
  {
    entity: 'in_pan',
    alone: ['AAAAA9999A'],
    named: ['aaaaa9999a'],
    words: ['pan', 'permanent account', 'income tax'],
    isValid: (id) => /^...[ABCFGHJLPT]/.test(id) && !id.includes('0000'),
  },
  {
    entity: 'sg_nric',
    alone: ['A9999999A'],
    named: ['a9999999a'],
    words: ['nric', 'fin', 'singapore'],
    isValid: isSingaporean,
  },
  {
    entity: 'th_pin',
    named: ['9999999999999', '9-9999-99999-99-9', '9 9999 99999 99 9'],
    words: ['เลขประจำตัว', 'บัตรประชาชน', 'thai id', 'thai national', 'tnin'],
    isValid: isThaiId,
  },
  {
    entity: 'my_nric',
    named: ['999999-99-9999', '999999999999'],
    words: ['nric', 'mykad', 'kad pengenalan', 'no kp', 'ic no', 'ic number'],
    isValid: (id) =>
      hasDay(id, 2, 4) && !/^.{6}(?:00|17|18|19|20|69|70|73|80|81|94|95|96|97)/.test(id),
  },
  {
    entity: 'id_nik',
    named: ['9999999999999999'],
    words: ['nik', 'ktp', 'nomor induk'],
    isValid: isNik,
  },
  {
    entity: 'vn_cccd',
    named: ['999999999999'],
    words: ['cccd', 'căn cước', 'can cuoc', 'cmnd', 'chứng minh'],
    isValid: (id) => /^0(?:0[1-9]|[1-8]\d|9[0-6])/.test(id),
  },
  {
    entity: 'lk_nic',
    named: ['999999999A', '999999999a', '999999999999'],
    words: ['nic', 'sri lanka'],
    isValid: (id) => /^(?:\d{9}[VX]|(?:19|20)\d{10})$/.test(id),
  },
  {
    entity: 'pk_cnic',
    alone: ['99999-9999999-9'],
    named: ['9999999999999'],
    words: ['cnic', 'nicop', 'pakistan'],
    isValid: (id) => /^[1-7][1-9]/.test(id) && !id.endsWith('0'),
  },
  {
    entity: 'au_tfn',
    named: ['999 999 999', '999.999.999', '999-999-999', '999999999', '99999999'],
    words: ['tfn', 'tax file'],
    isValid: (id) =>
      weightedSum(id, id.length === 9 ? [1, 4, 3, 7, 5, 8, 6, 9, 10] : [10, 7, 8, 4, 6, 3, 5, 1]) %
        11 ===
        0 && !isRepeated(id),
  },
  {
    entity: 'au_medicare',
    named: [
      '9999 99999 9',
      '9999 99999 9/9',
      '99999999999',
      '9999999999',
      '999999999',
      '9999-99999-9',
      '9999 99999',
    ],
    words: ['medicare'],
    isValid: isMedicare,
  },
  {
    entity: 'nz_ird',
    named: ['999-999-999', '99-999-999', '999999999', '99999999'],
    words: ['ird'],
    isValid: isIrd,
  },
  {
    entity: 'za_id',
    alone: ['9999999999999'],
    named: ['999999 9999 99 9', '999999 9999 999'],
    words: ['south african', 'sa id', 'rsa id', 'id number'],
    isValid: (id) => hasDay(id, 2, 4) && /^.{10}[012][89]/.test(id) && passesLuhn(id),
  },
];
