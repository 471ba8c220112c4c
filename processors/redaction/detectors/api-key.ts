import { isDigit, startsWord } from '../bytes.ts';
import type { Detector } from '../detector.ts';
import { matchEnd } from '../detector.ts';

/** A family of keys that is known by how it starts. */
interface KeyFamily {
  readonly literals: readonly string[];
  /** Without the end of the token's alphabet, which is added. */
  readonly pattern: string;
  /** Bytes of the key in front of the literal. */
  readonly lead?: number;
  /** Bits a character that the key must have at least, where its prefix alone is a word. */
  readonly minEntropy?: number;
}

const families: readonly KeyFamily[] = [
  // Model providers and their tools.
  { literals: ['sk-ant-'], pattern: 'sk-ant-[a-z0-9]{3,12}-[\\w-]{60,140}' },
  { literals: ['sk-'], pattern: 'sk-(?!ant-)[\\w-]{20,220}', minEntropy: 3 },
  { literals: ['pk-lf-'], pattern: 'pk-lf-[0-9a-f-]{36}' },
  { literals: ['hf_'], pattern: 'hf_[A-Za-z]{34,40}', minEntropy: 3 },
  { literals: ['api_org_'], pattern: 'api_org_[A-Za-z]{34}', minEntropy: 3 },
  { literals: ['gsk_'], pattern: 'gsk_[A-Za-z0-9]{48,56}' },
  { literals: ['xai-'], pattern: 'xai-[A-Za-z0-9]{70,90}' },
  { literals: ['pplx-'], pattern: 'pplx-[A-Za-z0-9]{40,60}' },
  { literals: ['r8_'], pattern: 'r8_[A-Za-z0-9]{37}' },
  { literals: ['nvapi-'], pattern: 'nvapi-[\\w-]{60,70}' },
  { literals: ['tvly-'], pattern: 'tvly-[\\w-]{20,60}', minEntropy: 3 },
  { literals: ['lsv2_'], pattern: 'lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}' },
  // Clouds.
  {
    literals: ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
    pattern: 'A(?:KI|SI|BI|CC)A(?!\\w*EXAMPLE)[A-Z2-7]{16}',
  },
  { literals: ['ABSK'], pattern: 'ABSK[A-Za-z0-9+/]{109,269}={0,2}' },
  {
    literals: ['bedrock-api-key-'],
    pattern: 'bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[\\w+/=-]{0,4096}',
  },
  { literals: ['AIza'], pattern: 'AIza[\\w-]{35}', minEntropy: 3 },
  { literals: ['GOCSPX-'], pattern: 'GOCSPX-[\\w-]{28}' },
  { literals: ['ya29.'], pattern: 'ya29\\.[\\w-]{20,1024}' },
  {
    literals: Array.from({ length: 10 }, (_, digit) => `${digit}Q~`),
    lead: 3,
    pattern: '[\\w.~-]{3}\\dQ~[\\w.~-]{31,34}',
  },
  { literals: ['dop_v1_', 'doo_v1_', 'dor_v1_'], pattern: 'do[opr]_v1_[a-f0-9]{64}' },
  { literals: ['dapi'], pattern: 'dapi[a-f0-9]{32}(?:-\\d)?' },
  // Code hosting and registries.
  { literals: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], pattern: 'gh[pousr]_[A-Za-z0-9]{36,255}' },
  { literals: ['github_pat_'], pattern: 'github_pat_\\w{82}' },
  {
    literals: [
      'glpat-',
      'gldt-',
      'glptt-',
      'glrt-',
      'glft-',
      'glsoat-',
      'glcbt-',
      'glimt-',
      'glagent-',
      'GR1348941',
    ],
    pattern: '(?:gl(?:pat|dt|ptt|rt|ft|soat|cbt|imt|agent)-|GR1348941)[\\w.=-]{20,300}',
  },
  { literals: ['npm_'], pattern: 'npm_[A-Za-z0-9]{36}' },
  { literals: ['pypi-AgE'], pattern: 'pypi-AgE[\\w-]{50,1000}' },
  { literals: ['hvs.', 'hvb.'], pattern: 'hv[sb]\\.[\\w-]{24,300}', minEntropy: 3 },
  // Services.
  {
    literals: ['xoxa-', 'xoxb-', 'xoxe-', 'xoxe.', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-'],
    pattern: '(?:xox[abeoprs][.-](?:xox[bp]-)?|xapp-)\\d?[\\w-]{10,300}',
  },
  {
    literals: ['hooks.slack.com/'],
    pattern: 'hooks\\.slack\\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{40,60}',
  },
  {
    literals: ['sk_live_', 'sk_test_', 'sk_prod_', 'rk_live_', 'rk_test_', 'rk_prod_'],
    pattern: '[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,99}',
  },
  { literals: ['whsec_'], pattern: 'whsec_[A-Za-z0-9+/=]{32,80}' },
  { literals: ['HRKU-AA'], pattern: 'HRKU-AA[\\w-]{58}' },
  { literals: ['sqp_', 'squ_', 'sqa_'], pattern: 'sq[pua]_[a-zA-Z0-9]{40}' },
  { literals: ['EAAM', 'EAAC'], pattern: 'EAA[MC][A-Za-z0-9]{100,300}' },
  { literals: ['SG.'], pattern: 'SG\\.[\\w=-]{16,32}\\.[\\w=-]{32,64}' },
  { literals: ['key-'], pattern: 'key-[a-f0-9]{32}' },
  {
    literals: ['shpat_', 'shpca_', 'shppa_', 'shpss_'],
    pattern: 'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}',
  },
  { literals: ['glsa_', 'glc_'], pattern: 'gl(?:sa|c)_[\\w+/=]{32,400}' },
  { literals: ['lin_api_'], pattern: 'lin_api_[A-Za-z0-9]{40}' },
  { literals: ['sntrys_', 'sntryu_'], pattern: 'sntry[su]_[\\w+/=-]{40,300}' },
  { literals: ['figd_'], pattern: 'figd_[\\w-]{40}' },
  { literals: ['ntn_', 'secret_'], pattern: '(?:ntn_[A-Za-z0-9]{40,50}|secret_[A-Za-z0-9]{43})' },
  {
    literals: ['EAAA', 'sq0atp-', 'sq0csp-'],
    pattern: '(?:EAAA|sq0(?:atp|csp)-)[\\w+=-]{22,60}',
    minEntropy: 3,
  },
  { literals: ['ops_eyJ'], pattern: 'ops_eyJ[A-Za-z0-9+/]{250,8192}={0,3}' },
  { literals: ['fo1_', 'fm1a_', 'fm1r_', 'fm2_'], pattern: 'f(?:o1|m1[ar]|m2)_[\\w+/=-]{40,1024}' },
  {
    literals: ['sgp_'],
    pattern: 'sgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}',
  },
  { literals: ['xkeysib-'], pattern: 'xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}' },
  {
    literals: ['dp.pt.', 'dp.st.', 'dp.ct.'],
    pattern: 'dp\\.[a-z]{2}\\.(?:[\\w-]{2,32}\\.)?[A-Za-z0-9]{40,44}',
  },
  { literals: ['phc_', 'phx_'], pattern: 'ph[cx]_[A-Za-z0-9]{40,50}' },
  { literals: ['NRAK-'], pattern: 'NRAK-[A-Z0-9]{27}' },
  { literals: ['rubygems_'], pattern: 'rubygems_[a-f0-9]{48}' },
  { literals: ['dckr_pat_'], pattern: 'dckr_pat_[\\w-]{27,40}' },
  { literals: ['EZAK', 'EZTK'], pattern: 'EZ[AT]K[A-Za-z0-9]{54}' },
  { literals: ['pul-'], pattern: 'pul-[a-f0-9]{40}' },
  { literals: ['PMAK-'], pattern: 'PMAK-[a-f0-9]{24}-[a-f0-9]{34}' },
  { literals: ['API-'], pattern: 'API-[A-Z0-9]{26,32}', minEntropy: 3 },
  { literals: ['CFPAT-'], pattern: 'CFPAT-[\\w-]{43}' },
  { literals: ['sl.B', 'sl.u'], pattern: 'sl\\.[\\w.-]{130,1400}' },
  { literals: ['ATATT3', 'ATCTT3'], pattern: 'AT[AC]TT3[\\w=-]{100,250}' },
];

const telegram = /\d{8,10}:AA[\w-]{33}(?![\w-])/y;

/** Bot tokens of Telegram: the bot's number stands in front of what marks them. */
export const telegramToken: Detector = {
  gate: { kind: 'literal', literals: [':AA'] },
  find({ bytes, text }, at, report) {
    let start = at;
    while (at - start < 10 && isDigit(bytes[start - 1])) start--;
    if (start === at || !startsWord(bytes, start)) return;
    const end = matchEnd(telegram, text, start);
    if (end >= 0) report('api_key', start, end);
  },
};

/** One detector a family of API keys and tokens; what follows must not be of the token's alphabet. */
export const apiKeys: readonly Detector[] = families.map(createKeyDetector);

/** What placeholders such as `xxxx` stay below and hex digits reach. */
const leastEntropy = 2.6;

function createKeyDetector(family: KeyFamily): Detector {
  const pattern = new RegExp(`${family.pattern}(?![\\w-])`, 'y');
  const { lead = 0, minEntropy } = family;
  return {
    gate: { kind: 'literal', literals: family.literals },
    find({ bytes, text }, at, report) {
      const start = at - lead;
      if (!startsWord(bytes, start)) return;
      const end = matchEnd(pattern, text, start);
      if (end < 0) return;
      const key = text.slice(start, end);
      const isKey =
        minEntropy === undefined ? entropy(key) >= leastEntropy : isRandom(key, minEntropy);
      if (isKey) report('api_key', start, end);
    },
  };
}

/** True where a token is no word of a language or of code: enough bits a character, and no run of plain words. */
export function isRandom(token: string, minEntropy: number): boolean {
  return entropy(token) >= minEntropy && /\d|[a-z][A-Z]|[A-Z][a-z]{0,2}[A-Z]/.test(token);
}

/** Shannon entropy of a text in bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values())
    bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
