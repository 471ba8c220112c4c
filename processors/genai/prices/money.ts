/** Money in 10^-18 USD: every rate a price list can name is a whole number of these, per token, search or hour. */
export type AttoUsd = bigint;

const decimalsInAtto = 18;
const attoPerUsd = 10n ** 18n;
const picoPerUsd = 1e12;

/** One pico-USD, 10^-12 USD: nearly every rate per token is a whole number of these. */
export const attoPerPico = 10n ** 6n;

/** A decimal number of USD as atto-USD, exact down to 10^-18. */
export function toAtto(usd: number): AttoUsd {
  const [mantissa = '', exponent = '0'] = usd.toString().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const shift = decimalsInAtto + Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  return shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
}

/** The double nearest to a whole number of pico-USD below 2^53: a quotient of two exact doubles is correctly rounded. */
export function picoToUsd(pico: number): number {
  return pico / picoPerUsd;
}

/** The double nearest to an amount. Together with `picoToUsd` the only place where money becomes binary. */
export function attoToUsd(amount: AttoUsd): number {
  const whole = amount / attoPerUsd;
  const fraction = (amount % attoPerUsd).toString().padStart(decimalsInAtto, '0');
  return Number(`${whole}.${fraction}`);
}

/** A rate times a decimal factor, rounded down at 10^-18 USD. */
export function scale(rate: AttoUsd, factor: number): AttoUsd {
  return (rate * toAtto(factor)) / attoPerUsd;
}
