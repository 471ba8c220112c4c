import { digitAt, hasDay, isRepeated, passesLuhn, weightedSum } from '../checksum.ts';
import type { IdRule } from '../id-rule.ts';

/** Brazil's check digits: weights count down to 2, and what would be 10 is 0. */
function brazilianCheck(id: string, length: number, longest: number): number {
  let sum = 0;
  for (let index = 0; index < length; index++) {
    const weight = ((length - 1 - index) % (longest - 1)) + 2;
    // Letters of the CNPJ of 2026 count by their ASCII code less 48.
    sum += weight * (id.charCodeAt(index) - 0x30);
  }
  const check = 11 - (sum % 11);
  return check > 9 ? 0 : check;
}

function isBrazilian(id: string, length: number, longest: number): boolean {
  return (
    !isRepeated(id.slice(0, length)) &&
    brazilianCheck(id, length, longest) === digitAt(id, length) &&
    brazilianCheck(id, length + 1, longest) === digitAt(id, length + 1)
  );
}

function isCuit(id: string): boolean {
  const check = 11 - (weightedSum(id, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11);
  return (check === 11 ? 0 : check) === digitAt(id, 10) && /^(?:2[03457]|3[034])/.test(id);
}

/** Chile's RUT: weights 2 to 7 from the right; the check is a digit or `K`. */
function isRut(id: string): boolean {
  let sum = 0;
  for (let index = 0; index < id.length - 1; index++) {
    sum += digitAt(id, id.length - 2 - index) * ((index % 6) + 2);
  }
  return (
    '0K987654321'.charAt(sum % 11) === id.charAt(id.length - 1) && !isRepeated(id.slice(0, -1))
  );
}

const curpDigits = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ';

function isCurp(id: string): boolean {
  if (!/^[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[A-Z\d]\d$/.test(id))
    return false;
  let sum = 0;
  for (let index = 0; index < 17; index++) {
    sum += curpDigits.indexOf(id.charAt(index)) * (18 - index);
  }
  return hasDay(id, 6, 8) && (10 - (sum % 10)) % 10 === digitAt(id, 17);
}

const rfcDigits = '0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ';

/** RFC of people, and of companies, which have a letter less: date, homonym key, check digit. */
function isRfc(id: string): boolean {
  const padded = id.padStart(13, ' ');
  if (!hasDay(padded, 6, 8) || !/^(?: [A-Z]|[A-Z][AEIOUX])/.test(padded)) return false;
  let sum = 0;
  for (let index = 0; index < 12; index++) {
    sum += rfcDigits.indexOf(padded.charAt(index)) * (13 - index);
  }
  return '0A987654321'.charAt(sum % 11) === padded.charAt(12);
}

/** Identity and tax numbers of the Americas, save the United States' social security number. */
export const americanIds: readonly IdRule[] = [
  {
    entity: 'us_bank_routing',
    named: ['999999999', '9999-9999-9'],
    words: ['routing', 'aba', 'rtn'],
    isValid: (id) =>
      /^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/.test(id) &&
      weightedSum(id, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0 &&
      !isRepeated(id),
  },
  {
    entity: 'ca_sin',
    named: ['999-999-999', '999 999 999', '999999999', '999.999.999'],
    words: ['sin', 'social insurance', 'nas', 'assurance sociale', 'social ins'],
    // No province gives out numbers that begin with 8.
    isValid: (id) => !isRepeated(id) && !id.startsWith('8') && passesLuhn(id),
  },
  {
    entity: 'br_cpf',
    alone: ['999.999.999-99'],
    named: ['99999999999', '999999999-99', '999 999 999 99'],
    words: ['cpf', 'cadastro de pessoa', 'contribuinte'],
    isValid: (id) => isBrazilian(id, 9, 11),
  },
  {
    entity: 'br_cnpj',
    alone: ['99.999.999/9999-99', '99.XXX.XXX/XXXX-99'],
    named: ['99999999999999', 'XXXXXXXXXXXX99', 'xxxxxxxxxxxx99', '99.xxx.xxx/xxxx-99'],
    words: ['cnpj', 'cadastro nacional'],
    isValid: (id) => isBrazilian(id, 12, 9),
  },
  {
    entity: 'ar_cuit',
    named: ['99-99999999-9', '99999999999'],
    words: ['cuit', 'cuil'],
    isValid: isCuit,
  },
  {
    entity: 'cl_rut',
    alone: ['99.999.999-X', '9.999.999-X', '99.999.999-k', '9.999.999-k'],
    named: ['99999999-X', '9999999-X', '99999999-k', '9999999-k', '99999999X', '9999999X'],
    words: ['rut', 'run', 'rol unico', 'rol único'],
    isValid: isRut,
  },
  {
    entity: 'mx_curp',
    alone: ['AAAA999999AAAAAAX9'],
    words: ['curp'],
    isValid: isCurp,
  },
  {
    entity: 'mx_rfc',
    named: [
      'AAAA999999XXX',
      'AAAA-999999-XXX',
      'AAAA 999999 XXX',
      'AAA999999XXX',
      'AAA-999999-XXX',
      'AAA 999999 XXX',
    ],
    words: ['rfc', 'registro federal'],
    isValid: isRfc,
  },
];
