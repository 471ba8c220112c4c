import type { Entity } from './entity.ts';
import { entities } from './entity.ts';

const secrets: readonly Entity[] = [
  'private_key',
  'jwt',
  'api_key',
  'url_credentials',
  'credential',
];

const personal: readonly Entity[] = [
  'card',
  'card_security_code',
  'iban',
  'crypto_wallet',
  'passport',
  'email',
  'mac',
  'ip',
  'phone',
  'date_of_birth',
];

/** Countries of an identity number, told by its name save where several share one. */
const sharedRegions: Readonly<Partial<Record<Entity, readonly string[]>>> = {
  ee_lt_code: ['ee', 'lt'],
  cz_rc: ['cz', 'sk'],
  yu_jmbg: ['rs', 'ba', 'me', 'mk', 'si', 'hr'],
};

const international: ReadonlySet<Entity> = new Set([
  ...secrets,
  ...personal,
  'deny_list',
  'name',
] as const);

/** Countries (ISO 3166-1 alpha-2 in lower case, `uk` for the United Kingdom) whose scheme an entity is; none for one that is known everywhere. */
export function regionsOf(entity: Entity): readonly string[] {
  if (international.has(entity)) return [];
  return sharedRegions[entity] ?? [entity.slice(0, entity.indexOf('_'))];
}

/** All countries that `regions` takes. */
export const knownRegions: readonly string[] = [...new Set(entities.flatMap(regionsOf))].sort();

const european = new Set(
  'es it fr de nl be pl pt ro cz sk se fi dk at ie gr bg ee lt lv hr si no is ch uk'.split(' '),
);

function idsIn(regions: ReadonlySet<string>): Entity[] {
  return entities.filter((entity) => regionsOf(entity).some((region) => regions.has(region)));
}

/** Names of presets. */
export const presetNames = ['default', 'secrets', 'pci', 'gdpr_eu', 'cn', 'all', 'none'] as const;

/** What each preset looks for. */
export const presets: Readonly<Record<(typeof presetNames)[number], readonly Entity[]>> = {
  default: entities.filter((entity) => entity !== 'name'),
  all: entities,
  secrets,
  pci: ['card', 'card_security_code'],
  gdpr_eu: [...secrets, ...personal, 'name', ...idsIn(european)],
  cn: [...secrets, ...personal, 'name', 'cn_resident_id', 'hk_id', 'tw_national_id'],
  none: [],
};
