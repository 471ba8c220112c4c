import type { Detector } from '../detector.ts';
import type { Entity } from '../entity.ts';
import { apiKeys } from './api-key.ts';
import { card } from './card.ts';
import { authorization, namedSecret, password, urlSignature } from './credential.ts';
import { email } from './email.ts';
import { ipv4, ipv6 } from './ip.ts';
import { jwt } from './jwt.ts';
import { phone } from './phone.ts';
import { privateKey } from './private-key.ts';
import { urlCredentials } from './url-credentials.ts';
import { usSsn } from './us-ssn.ts';

/** All detectors by the entity they report. */
export const detectorTable: Readonly<Record<Entity, readonly Detector[]>> = {
  private_key: [privateKey],
  jwt: [jwt],
  api_key: apiKeys,
  url_credentials: [urlCredentials],
  credential: [password, namedSecret, authorization, urlSignature],
  card: [card],
  us_ssn: [usSsn],
  email: [email],
  ip: [ipv4, ipv6],
  phone: [phone],
};
