import {
  digitAt,
  hasDay,
  isDay,
  isRepeated,
  passesLuhn,
  passesMod11And10,
  remainder,
  weightedSum,
} from '../checksum.ts';

const spanishLetters = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** DNI and NIE: number modulo 23 gives the letter; X, Y and Z stand for 0, 1 and 2. */
export function isSpanish(id: string): boolean {
  const lead = 'XYZ'.indexOf(id.charAt(0));
  const digits = lead < 0 ? id.slice(0, 8) : `${lead}${id.slice(1, 8)}`;
  return /^\d{8}$/.test(digits) && spanishLetters.charAt(Number(digits) % 23) === id.charAt(8);
}

const italianOdd = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];
const italianMonths = 'ABCDEHLMPRST';

const fiscalCode = /^[A-Z]{6}[\dL-NP-V]{2}[A-EHLMPR-T][\dL-NP-V]{2}[A-Z][\dL-NP-V]{3}[A-Z]$/;

/** Codice fiscale; where two people would share one, digits become letters (omocodia). */
export function isFiscalCode(id: string): boolean {
  if (!fiscalCode.test(id)) return false;
  const day = Number(
    id.slice(9, 11).replace(/\D/g, (letter) => String('LMNPQRSTUV'.indexOf(letter))),
  );
  let sum = 0;
  for (let index = 0; index < 15; index++) {
    const value = digitAt(id, index);
    const place = value > 9 ? value - 10 : value;
    sum += index % 2 === 0 ? (italianOdd[place] ?? 0) : place;
  }
  return (
    isDay(italianMonths.indexOf(id.charAt(8)) + 1, day > 40 ? day - 40 : day) &&
    sum % 26 === digitAt(id, 15) - 10
  );
}

/** NIR: sex, year, month, place, and a key of two digits; Corsica's 2A and 2B count as 19 and 18. */
export function isNir(id: string): boolean {
  if (!/^[1-478]\d{2}(?:0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d)(?:\d{2}|2[AB])/.test(id)) return false;
  const digits = id.slice(0, 13).replace('2A', '19').replace('2B', '18');
  return /^\d{13}$/.test(digits) && 97 - remainder(digits, 97) === Number(id.slice(13, 15));
}

/** Steuer-ID: of the first ten digits one stands two or three times, the others at most once. */
export function isSteuerId(id: string): boolean {
  if (id.startsWith('0') || !passesMod11And10(id)) return false;
  const counts = Array.from('0123456789', (digit) => id.slice(0, 10).split(digit).length - 1);
  return counts.filter((count) => count > 1).length === 1 && Math.max(...counts) <= 3;
}

/** Rentenversicherungsnummer: products are added digit by digit. */
export function isSvnr(id: string): boolean {
  const letter = String(digitAt(id, 8) - 9).padStart(2, '0');
  const digits = `${id.slice(0, 8)}${letter}${id.slice(9, 11)}`;
  const weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
  const sum = weights.reduce((total, weight, index) => {
    const product = weight * digitAt(digits, index);
    return total + Math.floor(product / 10) + (product % 10);
  }, 0);
  const day = Number(id.slice(2, 4));
  return isDay(Number(id.slice(4, 6)), day > 50 ? day - 50 : day) && sum % 10 === digitAt(id, 11);
}

/** ICAO 9303's check: weights 7 3 1 over digits and letters. */
export function passesIcao(id: string): boolean {
  const length = id.length - 1;
  let sum = 0;
  for (let index = 0; index < length; index++)
    sum += digitAt(id, index) * ([7, 3, 1][index % 3] ?? 0);
  return sum % 10 === digitAt(id, length);
}

export function isBsn(id: string): boolean {
  const sum = weightedSum(id, [9, 8, 7, 6, 5, 4, 3, 2]) - digitAt(id, 8);
  return sum % 11 === 0 && !isRepeated(id) && !id.startsWith('00000');
}

/**
 * Rijksregisternummer: the key is 97 less the rest, from 2000 on with a 2 before the number. Those born on one day are
 * numbered from 001 to 998.
 */
export function isNrn(id: string): boolean {
  const month = Number(id.slice(2, 4)) % 20;
  const day = Number(id.slice(4, 6));
  const isDated =
    (month === 0 && day === 0) || isDay(month, day) || (month > 0 && month <= 12 && day === 0);
  const key = Number(id.slice(9));
  const number = id.slice(0, 9);
  return (
    isDated &&
    !/^(?:000|999)$/.test(id.slice(6, 9)) &&
    (97 - remainder(number, 97) === key || 97 - remainder(`2${number}`, 97) === key)
  );
}

export function isPesel(id: string): boolean {
  return isDay(Number(id.slice(2, 4)) % 20, Number(id.slice(4, 6))) && passesPesel(id);
}

export function passesPesel(id: string): boolean {
  const rest = weightedSum(id, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10;
  return (10 - rest) % 10 === digitAt(id, 10);
}

/** Check of the Baltic personal codes: a second row of weights where the first gives 10. */
export function isBaltic(id: string): boolean {
  const first = weightedSum(id, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  const second = weightedSum(id, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
  const check = first < 10 ? first : second % 10;
  return /^[1-8]/.test(id) && hasDay(id, 3, 5) && check === digitAt(id, 10);
}

export function isCnp(id: string): boolean {
  const rest = weightedSum(id, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
  return /^[1-9]/.test(id) && hasDay(id, 3, 5) && (rest === 10 ? 1 : rest) === digitAt(id, 12);
}

/** Rodné číslo: women's months are higher by 50, later ones by 20; ten digits divide by 11. */
export function isRodneCislo(id: string): boolean {
  const month = (Number(id.slice(2, 4)) % 50) % 20;
  if (!isDay(month, Number(id.slice(4, 6)))) return false;
  if (id.length === 9) return Number(id.slice(0, 2)) < 54;
  return remainder(id.slice(0, 9), 11) % 10 === digitAt(id, 9);
}

/** Personnummer and samordningsnummer, whose day is higher by 60. */
export function isPersonnummer(id: string): boolean {
  const short = id.slice(-10);
  const day = Number(short.slice(4, 6));
  return (
    isDay(Number(short.slice(2, 4)), day > 60 ? day - 60 : day) &&
    passesLuhn(short) &&
    (id.length === 10 || /^(?:1[89]|20)/.test(id))
  );
}

const finnishChecks = '0123456789ABCDEFHJKLMNPRSTUVWXY';

/** Henkilötunnus: day, month, year, a sign for the century, a number, a check character. */
export function isHetu(id: string): boolean {
  const compact = id.length === 11 ? id.slice(0, 6) + id.slice(7) : id;
  const number = compact.slice(0, 9);
  return (
    /^\d{9}[0-9A-Y]$/.test(compact) &&
    hasDay(compact, 2, 0) &&
    (id.length === 10 || /[A-FU-Y]/.test(id.charAt(6))) &&
    Number(number.slice(6)) >= 2 &&
    finnishChecks.charAt(Number(number) % 31) === compact.charAt(9)
  );
}

export function isFodselsnummer(id: string): boolean {
  const day = Number(id.slice(0, 2));
  const month = Number(id.slice(2, 4));
  const isDated = isDay(month > 40 ? month - 40 : month, day > 40 ? day - 40 : day);
  const first = (11 - (weightedSum(id, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11)) % 11;
  const second = (11 - (weightedSum(id, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  return isDated && first === digitAt(id, 9) && second === digitAt(id, 10);
}

/** EAN-13's check under the prefix of Switzerland. */
export function isAhv(id: string): boolean {
  const sum = weightedSum(id, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
  return id.startsWith('756') && (10 - (sum % 10)) % 10 === digitAt(id, 12);
}

export function isAustrianSvnr(id: string): boolean {
  const weights = [3, 7, 9, 0, 5, 8, 4, 2, 1, 6];
  return (
    !id.startsWith('0') && hasDay(id, 6, 4) && weightedSum(id, weights) % 11 === digitAt(id, 3)
  );
}

const irishLetters = 'WABCDEFGHIJKLMNOPQRSTUV';

export function isPps(id: string): boolean {
  const extra = id.length > 8 && id.charAt(8) !== 'W' ? (digitAt(id, 8) - 9) * 9 : 0;
  const sum = weightedSum(id, [8, 7, 6, 5, 4, 3, 2]) + extra;
  return irishLetters.charAt(sum % 23) === id.charAt(7) && /^.{8}[A-IW]?$/.test(id);
}

export function isEgn(id: string): boolean {
  const rest = weightedSum(id, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11;
  const month = Number(id.slice(2, 4));
  // Months are higher by 20 before 1900, and by 40 from 2000 on.
  return month < 53 && isDay(month % 20, Number(id.slice(4, 6))) && rest % 10 === digitAt(id, 9);
}

export function isNino(id: string): boolean {
  return /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/.test(id);
}

export function isNhsNumber(id: string): boolean {
  const check = 11 - (weightedSum(id, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return (check === 11 ? 0 : check) === digitAt(id, 9) && !isRepeated(id);
}

export function isUtr(id: string): boolean {
  const rest = weightedSum(id.slice(1), [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
  return '21987654321'.charAt(rest) === id.charAt(0);
}

export function isJmbg(id: string): boolean {
  const rest = weightedSum(id, [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  const check = rest === 0 ? 0 : 11 - rest;
  return hasDay(id, 2, 0) && check === digitAt(id, 12);
}

export function isKennitala(id: string): boolean {
  const sum = weightedSum(id, [3, 2, 7, 6, 5, 4, 3, 2, 1]);
  return hasDay(id, 2, 0) && /[09]$/.test(id) && sum % 11 === 0;
}

export function isTckn(id: string): boolean {
  const odd = weightedSum(id, [1, 0, 1, 0, 1, 0, 1, 0, 1]);
  const even = weightedSum(id, [0, 1, 0, 1, 0, 1, 0, 1]);
  const tenth = (((odd * 7 - even) % 10) + 10) % 10;
  return (
    !id.startsWith('0') && tenth === digitAt(id, 9) && (odd + even + tenth) % 10 === digitAt(id, 10)
  );
}

export function isPortuguese(id: string): boolean {
  const check = 11 - (weightedSum(id, [9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return !id.startsWith('0') && (check > 9 ? 0 : check) === digitAt(id, 8);
}
