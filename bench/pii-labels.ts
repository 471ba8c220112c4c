import type { Entity, Finding } from '../processors/redaction/entity.ts';
import { isEntity } from '../processors/redaction/entity.ts';

/** Rows of the evaluation: entities, with secrets as one, because their labels name vendors. */
export type Row = Entity | 'secret';

const secrets: ReadonlySet<Entity> = new Set<Entity>([
  'private_key',
  'jwt',
  'api_key',
  'url_credentials',
  'credential',
]);

/** The row that a hit counts in. */
export function rowOfEntity(entity: Finding): Row {
  if (!isEntity(entity)) throw new Error(`${entity} is no entity`);
  return secrets.has(entity) ? 'secret' : entity;
}

/** Label types of the samples that are an entity here; others, such as company numbers, are not looked for. */
const rowOfType: Readonly<Record<string, Row>> = {
  EMAIL_ADDRESS: 'email',
  CREDIT_CARD: 'card',
  IP_ADDRESS: 'ip',
  'SECRET:ds:ip_public': 'ip',
  PHONE_NUMBER: 'phone',
  MAC_ADDRESS: 'mac',
  IBAN_CODE: 'iban',
  BTC_ADDRESS: 'crypto_wallet',
  ETH_ADDRESS: 'crypto_wallet',
  JWT: 'secret',
  GITHUB_TOKEN: 'secret',
  US_SSN: 'us_ssn',
  US_ITIN: 'us_itin',
  ABA_ROUTING_NUMBER: 'us_bank_routing',
  CA_SIN: 'ca_sin',
  BR_CPF: 'br_cpf',
  BR_CNPJ: 'br_cnpj',
  AR_CUIT: 'ar_cuit',
  CL_RUT: 'cl_rut',
  MX_RFC: 'mx_rfc',
  CN_RESIDENT_ID: 'cn_resident_id',
  TW_NATIONAL_ID: 'tw_national_id',
  HK_ID: 'hk_id',
  KR_RRN: 'kr_rrn',
  IN_AADHAAR: 'in_aadhaar',
  IN_PAN: 'in_pan',
  SG_NRIC_FIN: 'sg_nric',
  TH_TNIN: 'th_pin',
  TH_IDNR: 'th_pin',
  MY_NRIC: 'my_nric',
  LK_NIC: 'lk_nic',
  PK_CNIC: 'pk_cnic',
  AU_TFN: 'au_tfn',
  AU_MEDICARE: 'au_medicare',
  NZ_IRD: 'nz_ird',
  ZA_ID_NUMBER: 'za_id',
  UK_NINO: 'uk_nino',
  UK_NHS: 'uk_nhs',
  GB_UTR: 'uk_utr',
  ES_NIF: 'es_dni',
  ES_NIE: 'es_dni',
  IT_FISCAL_CODE: 'it_fiscal_code',
  FR_NIR: 'fr_nir',
  DE_TAX_ID: 'de_tax_id',
  DE_SVNR: 'de_svnr',
  NL_BSN: 'nl_bsn',
  BE_NRN: 'be_nrn',
  PL_PESEL: 'pl_pesel',
  PT_NIF: 'pt_nif',
  RO_CNP: 'ro_cnp',
  CZ_SK_RODNE_CISLO: 'cz_rc',
  SE_PERSONNUMMER: 'se_personnummer',
  FI_PERSONAL_IDENTITY_CODE: 'fi_hetu',
  DK_CPR: 'dk_cpr',
  NO_FNR: 'no_fnr',
  IS_KENNITALA: 'is_kennitala',
  CH_AHV: 'ch_ahv',
  AT_SSN: 'at_svnr',
  IE_PPS: 'ie_pps',
  GR_AMKA: 'gr_amka',
  BG_EGN: 'bg_egn',
  LT_PERSONAL_CODE: 'ee_lt_code',
  HR_OIB: 'hr_oib',
  BA_JMBG: 'yu_jmbg',
  TR_NATIONAL_ID: 'tr_tckn',
  IL_ID: 'il_id',
};

/** The row that a label counts in, undefined where nobody looks for its type. */
export function rowOfLabel(type: string): Row | undefined {
  return rowOfType[type] ?? (type.startsWith('SECRET') ? 'secret' : undefined);
}
