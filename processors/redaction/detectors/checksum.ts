/** Luhn's check over a string of digits (ISO/IEC 7812-1, annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const value = digitAt(digits, digits.length - 1 - index);
    const doubled = index % 2 === 1 ? value * 2 : value;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The digit at `index`; letters count from 10 for `A`, as check digit schemes have them. */
export function digitAt(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code < 0x3a ? code - 0x30 : (code & 0xdf) - 0x37;
}

/** Sum of the products of the leading characters and their weights. */
export function weightedSum(text: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * digitAt(text, index), 0);
}

/** Remainder of a decimal number of any length. */
export function remainder(digits: string, modulus: number): number {
  let rest = 0;
  for (let index = 0; index < digits.length; index++) {
    rest = (rest * 10 + digitAt(digits, index)) % modulus;
  }
  return rest;
}

/** ISO/IEC 7064 MOD 97-10 over letters and digits, as IBANs have it: 1 where the check digits are right. */
export function mod97(text: string): number {
  let rest = 0;
  for (let index = 0; index < text.length; index++) {
    const value = digitAt(text, index);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

/** ISO/IEC 7064 MOD 11,10, a hybrid system: the German tax id, the Croatian OIB. */
export function passesMod11And10(digits: string): boolean {
  let product = 10;
  for (let index = 0; index < digits.length - 1; index++) {
    const sum = (digitAt(digits, index) + product) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return (product + digitAt(digits, digits.length - 1)) % 10 === 1;
}

/** ISO/IEC 7064 MOD 11-2, whose check character is a digit or `X`: the Chinese resident id. */
export function passesMod11And2(id: string): boolean {
  let sum = 0;
  for (let index = 0; index < id.length - 1; index++) {
    sum = ((sum + digitAt(id, index)) * 2) % 11;
  }
  const last = id.charAt(id.length - 1).toUpperCase();
  return (sum + (last === 'X' ? 10 : Number(last))) % 11 === 1;
}

const dihedral = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const permutations = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** Verhoeff's check over a string of digits: Aadhaar. */
export function passesVerhoeff(digits: string): boolean {
  let check = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digitAt(digits, digits.length - 1 - index);
    const permuted = digitAt(permutations[index % 8] ?? '', digit);
    check = digitAt(dihedral[check] ?? '', permuted);
  }
  return check === 0;
}

const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** True for a day that the month has, in some year. */
export function isDay(month: number, day: number): boolean {
  return day >= 1 && day <= (daysOfMonth[month - 1] ?? 0);
}

/** True where `text` has a month at `monthAt` and a day of it at `dayAt`, two digits each. */
export function hasDay(text: string, monthAt: number, dayAt: number): boolean {
  return isDay(Number(text.slice(monthAt, monthAt + 2)), Number(text.slice(dayAt, dayAt + 2)));
}

/** True for a number of one repeated digit, which schemes never give out. */
export function isRepeated(digits: string): boolean {
  return /^(.)\1*$/.test(digits);
}
