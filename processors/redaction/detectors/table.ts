import type { Detector } from '../detector.ts';
import type { Entity } from '../entity.ts';
import { entities } from '../entity.ts';
import { apiKeys, discordToken, facebookToken, telegramToken } from './api-key.ts';
import { card } from './card.ts';
import { cardSecurityCode } from './card-security-code.ts';
import { commandPassword } from './command-password.ts';
import { namedKey, namedSecret, password } from './credential.ts';
import { colonGroups } from './colon-groups.ts';
import { bech32, bitcoin, ethereum } from './crypto-wallet.ts';
import { dateOfBirth } from './date-of-birth.ts';
import { email } from './email.ts';
import { authorization, authorizationHeader, cookie, storedAuthorization } from './header.ts';
import { groupedId } from './grouped-id.ts';
import { iban } from './iban.ts';
import type { IdRule } from './id-rule.ts';
import { ipv4, ipv6 } from './ip.ts';
import { encodedJwt, jwt } from './jwt.ts';
import { mac, namedMac, writtenMac } from './mac.ts';
import { keyedName, spokenName } from './name.ts';
import { createIdDetector } from './national-id.ts';
import { americanIds } from './national/americas.ts';
import { asianIds } from './national/asia-pacific.ts';
import { europeanIds } from './national/europe.ts';
import { machineReadableZone, passport } from './passport.ts';
import { northAmericanPhone, phone } from './phone.ts';
import { privateKey } from './private-key.ts';
import {
  configPassword,
  curlHeader,
  curlUser,
  encodedPrivateKey,
  kubernetesSecret,
  privateJwk,
  puttyKey,
} from './stored-secret.ts';
import { urlCredentials, urlSignature } from './url-credentials.ts';
import { usItin, usSsn } from './us-ssn.ts';
import { vendorSecret } from './vendor-secret.ts';

/** Rules of identity numbers, which one detector tries together. */
export const idRules: readonly IdRule[] = [...americanIds, ...asianIds, ...europeanIds];

const table: Partial<Record<Entity, readonly Detector[]>> = {
  private_key: [privateKey, privateJwk, puttyKey, encodedPrivateKey],
  jwt: [jwt, encodedJwt],
  api_key: [...apiKeys, telegramToken, discordToken, facebookToken],
  url_credentials: [urlCredentials],
  credential: [
    password,
    namedSecret,
    namedKey,
    vendorSecret,
    authorization,
    storedAuthorization,
    authorizationHeader,
    urlSignature,
    cookie,
    curlUser,
    curlHeader,
    commandPassword,
    configPassword,
    kubernetesSecret,
  ],
  iban: [iban],
  card: [card],
  card_security_code: [cardSecurityCode],
  crypto_wallet: [bitcoin, bech32, ethereum],
  us_ssn: [usSsn],
  us_itin: [usItin],
  passport: [passport, machineReadableZone],
  email: [email],
  mac: [mac, writtenMac, namedMac],
  ip: [ipv4, ipv6],
  phone: [phone, northAmericanPhone],
  date_of_birth: [dateOfBirth],
  name: [spokenName, keyedName],
};

/** The detectors of a set of entities. */
export function detectorsOf(wanted: readonly Entity[]): Detector[] {
  const rules = idRules.filter(({ entity }) => wanted.includes(entity));
  const own = wanted.flatMap((entity) => table[entity] ?? []);
  const ids = rules.length === 0 ? [] : [createIdDetector(rules), groupedId(rules)];
  const byColons = rules.filter(({ entity }) => entity === 'in_aadhaar').map(colonGroups);
  return [...own, ...ids, ...byColons];
}

/** The detectors of everything. */
export const allDetectors: readonly Detector[] = detectorsOf(entities);
