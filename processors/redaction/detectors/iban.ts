import { escapeTail, isAlphanumeric } from '../bytes.ts';
import type { Detector } from '../detector.ts';
import { mod97 } from './checksum.ts';

/** Bytes between the groups of a written IBAN. */
const maxGap = 2;

/** Bank account numbers (ISO 13616), in groups or not: the country gives the length, two digits check the whole. */
export const iban: Detector = {
  gate: { kind: 'country' },
  find({ bytes, text }, at, report) {
    const before = bytes[at - 1];
    const isInside = isAlphanumeric(before) && escapeTail(bytes, at - 1) !== 1;
    const length = isInside ? 0 : ibanLength(text.slice(at, at + 2));
    if (length === 0) return;
    let compact = '';
    let end = at;
    for (let gap = 0; compact.length < length; end++) {
      if (isAlphanumeric(bytes[end])) {
        compact += text.charAt(end);
        gap = 0;
      } else if (!isGroupGap(bytes[end]) || ++gap > maxGap) return;
    }
    if (!isAlphanumeric(bytes[end]) && isIban(compact.toUpperCase())) report('iban', at, end);
  },
};

function isGroupGap(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x2d || byte === 0x2e;
}

/** Length by country: ISO 13616's registry, and countries that write IBANs without being in it. */
const ibanLengths: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 ' +
    'LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 ' +
    'AO25 BF28 BJ28 CF27 CG27 CI28 CM27 CV25 DZ26 GA27 GQ27 GW25 IR26 KM27 MA28 MG27 ML28 MZ25 NE28 SN28 TD27 TG28 ' +
    'RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Length of an IBAN of a country in letters and digits, 0 where the country has none. */
function ibanLength(country: string): number {
  return ibanLengths[country.toUpperCase()] ?? 0;
}

/** True for a whole IBAN in upper case without gaps. */
function isIban(iban: string): boolean {
  const country = iban.slice(0, 2);
  const account = iban.slice(4);
  if (letterBanks.has(country) && !/^[A-Z]{4}/.test(account)) return false;
  if (numericAccounts.has(country) && !/^\d*$/.test(account)) return false;
  return iban.length === ibanLength(country) && mod97(account + iban.slice(0, 4)) === 1;
}

/** Countries whose bank codes are four letters. */
const letterBanks = new Set(
  'AZ BG BH GB GI IE IQ JO KW LV MU NI NL PK PS QA RO SC SV VG'.split(' '),
);

/** Countries whose account numbers have digits only. */
const numericAccounts = new Set(
  'AE AT BA BE CR CZ DE DK EE ES FI FO GL HR HU IL IS LT ME MN NO PL PT RS SE SI SK TL TN VA XK'.split(
    ' ',
  ),
);
