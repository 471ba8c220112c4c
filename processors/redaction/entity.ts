/**
 * What the detectors find, in order of precedence: where two hits overlap, the earlier name wins. A closed set, because
 * the names stand in metric labels, summary attributes (`redaction.<entity>.count`) and replacements (`[EMAIL]`).
 */
export const entities = [
  'deny_list',
  'private_key',
  'jwt',
  'api_key',
  'url_credentials',
  'credential',
  'iban',
  'card',
  'card_security_code',
  'crypto_wallet',
  'us_ssn',
  'us_itin',
  'us_bank_routing',
  'ca_sin',
  'br_cpf',
  'br_cnpj',
  'ar_cuit',
  'cl_rut',
  'mx_curp',
  'mx_rfc',
  'cn_resident_id',
  'tw_national_id',
  'hk_id',
  'jp_my_number',
  'kr_rrn',
  'in_aadhaar',
  'in_pan',
  'sg_nric',
  'th_pin',
  'my_nric',
  'id_nik',
  'vn_cccd',
  'lk_nic',
  'pk_cnic',
  'au_tfn',
  'au_medicare',
  'nz_ird',
  'za_id',
  'uk_nino',
  'uk_nhs',
  'uk_utr',
  'es_dni',
  'it_fiscal_code',
  'fr_nir',
  'de_tax_id',
  'de_svnr',
  'de_id_card',
  'nl_bsn',
  'be_nrn',
  'pl_pesel',
  'pt_nif',
  'ro_cnp',
  'cz_rc',
  'se_personnummer',
  'fi_hetu',
  'dk_cpr',
  'no_fnr',
  'is_kennitala',
  'ch_ahv',
  'at_svnr',
  'ie_pps',
  'gr_amka',
  'bg_egn',
  'ee_lt_code',
  'lv_code',
  'hr_oib',
  'yu_jmbg',
  'tr_tckn',
  'il_id',
  'passport',
  'email',
  'mac',
  'ip',
  'phone',
  'date_of_birth',
  'name',
] as const;

/** One kind of personal data or secret. */
export type Entity = (typeof entities)[number];

/** An entity, the name of a custom pattern, or one of `userFindings`. */
export type Finding = string;

/** What the user's own `blocked_values` and `blocked_key_patterns` found, and what `content: drop` left out. */
export const userFindings = ['blocked_value', 'blocked_key', 'content'] as const;

/** True for the name of an entity. */
export function isEntity(finding: Finding): finding is Entity {
  return known.has(finding);
}

const known: ReadonlySet<string> = new Set(entities);
