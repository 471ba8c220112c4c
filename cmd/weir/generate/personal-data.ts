import type { Random } from './random.ts';

/** A sentence with an email, a card number, a phone number and an API key of nobody: what redaction has to find. */
export function writePersonalData(random: Random): string {
  const [first, last] = [random.pick(firstNames), random.pick(lastNames)];
  const email = `${first}.${last}${String(random.integer(1, 99))}@mail.example.org`.toLowerCase();
  const phone = `+1 (415) 555-01${String(random.integer(0, 99)).padStart(2, '0')}`;
  return `I am ${first} ${last}, ${email}, ${phone}; my card is ${cardNumber(random)} and my key sk-proj-${random.token(48)}.`;
}

const firstNames = ['Maria', 'Ada', 'Jonas', 'Wei', 'Amara', 'Tomas'] as const;
const lastNames = ['Lopez', 'Keller', 'Okafor', 'Chen', 'Novak', 'Haas'] as const;

/** A number that begins as a Visa card's and has a right check digit (ISO/IEC 7812-1, Annex B). */
function cardNumber(random: Random): string {
  const digits = [4, ...Array.from({ length: 14 }, () => random.integer(0, 9))];
  const sum = digits.reduce((total, digit, index) => {
    const weighed = index % 2 === 0 ? digit * 2 : digit;
    return total + (weighed > 9 ? weighed - 9 : weighed);
  }, 0);
  const whole = [...digits, (10 - (sum % 10)) % 10].join('');
  return whole.replace(/(\d{4})(?=\d)/g, '$1 ');
}
