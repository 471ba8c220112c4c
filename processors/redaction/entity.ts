/**
 * What the detectors find, in order of precedence: where two hits overlap, the earlier name wins. A closed set, because
 * the names stand in metric labels, summary attributes (`redaction.<entity>.count`) and replacements (`[EMAIL]`).
 */
export const entities = [
  'private_key',
  'jwt',
  'api_key',
  'url_credentials',
  'credential',
  'card',
  'us_ssn',
  'email',
  'ip',
  'phone',
] as const;

/** One kind of personal data or secret. */
export type Entity = (typeof entities)[number];

/** An entity, or what the user's own `blocked_values` and `blocked_key_patterns` found. */
export type Finding = Entity | 'blocked_value' | 'blocked_key';
