import type { KeyFamily } from '../key-family.ts';
import { uuidPattern } from '../key-family.ts';

/** Keys of services for messages, payments, mail, monitoring, design and the like. */
export const serviceKeys: readonly KeyFamily[] = [
  // Messages.
  {
    literals: ['xoxa-', 'xoxb-', 'xoxe-', 'xoxe.', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-'],
    pattern: '(?:xox[abeoprs]-|xoxe\\.xox[bp]-|xapp-)\\d?[\\w-]{10,300}',
  },
  {
    literals: ['hooks.slack.com/'],
    pattern: 'hooks\\.slack\\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{40,60}',
  },
  {
    literals: ['webhook.office.com/'],
    pattern: `webhook\\.office\\.com/webhookb2/${uuidPattern}@${uuidPattern}/IncomingWebhook/[a-z0-9]{32}/${uuidPattern}`,
  },
  {
    literals: ['discord.com/api/webhooks/', 'discordapp.com/api/webhooks/'],
    pattern: 'discord(?:app)?\\.com/api/webhooks/\\d{17,20}/[\\w-]{60,80}',
  },
  { literals: ['ntn_', 'secret_'], pattern: '(?:ntn_[A-Za-z0-9]{40,50}|secret_[A-Za-z0-9]{43})' },
  { literals: ['lin_api_', 'lin_oauth_'], pattern: 'lin_(?:api|oauth)_[A-Za-z0-9]{40,64}' },
  // Payments.
  {
    literals: ['sk_live_', 'sk_test_', 'sk_prod_', 'rk_live_', 'rk_test_', 'rk_prod_'],
    pattern: '[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,99}',
  },
  { literals: ['whsec_'], pattern: 'whsec_[A-Za-z0-9+/=]{32,80}' },
  {
    literals: ['EAAA', 'sq0atp-', 'sq0csp-'],
    pattern: '(?:EAAA|sq0(?:atp|csp)-)[\\w+=-]{22,60}',
    minEntropy: 3,
  },
  {
    literals: ['FLWSECK', 'FLWPUBK'],
    pattern: 'FLW(?:SEC|PUB)K(?:_TEST)?-(?:[A-Ha-h0-9]{32}-X|[A-Ha-h0-9]{12})',
  },
  {
    literals: ['access_token$'],
    pattern: 'access_token\\$(?:production|sandbox)\\$[a-z0-9]{16}\\$[a-f0-9]{32}',
  },
  {
    literals: ['access-sandbox-', 'access-development-', 'access-production-'],
    pattern: `access-(?:sandbox|development|production)-${uuidPattern}`,
  },
  { literals: ['EZAK', 'EZTK'], pattern: 'EZ[AT]K[A-Za-z0-9]{54}' },
  { literals: ['shippo_'], pattern: 'shippo_(?:live|test)_[a-fA-F0-9]{40}' },
  {
    literals: ['shpat_', 'shpca_', 'shppa_', 'shpss_'],
    pattern: 'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}',
  },
  { literals: ['duffel_'], pattern: 'duffel_(?:test|live)_[\\w=-]{43}' },
  { literals: ['live_', 'test_'], pattern: '(?:live|test)_(?:pub_[a-f0-9]{31}|[a-f0-9]{35})' },
  // Mail and telephony.
  { literals: ['SG.'], pattern: 'SG\\.[\\w=-]{16,32}\\.[\\w=-]{32,64}' },
  { literals: ['key-', 'pubkey-'], pattern: '(?:pub)?key-[a-f0-9]{32}' },
  { literals: ['-us'], lead: 32, pattern: '[a-f0-9]{32}-us\\d{1,2}' },
  { literals: ['xkeysib-', 'xsmtpsib-'], pattern: 'x(?:key|smtp)sib-[a-f0-9]{64}-[A-Za-z0-9]{16}' },
  { literals: ['mlsn.'], pattern: 'mlsn\\.[a-f0-9]{64}' },
  {
    literals: Array.from('0123456789abcdef').flatMap((digit) => [`AC${digit}`, `SK${digit}`]),
    pattern: '(?:AC|SK)[a-f0-9]{32}',
    minEntropy: 3,
  },
  // Monitoring.
  { literals: ['glsa_', 'glc_'], pattern: 'gl(?:sa|c)_[\\w+/=]{32,400}', minEntropy: 3 },
  { literals: ['eyJrIjoi'], pattern: 'eyJrIjoi[A-Za-z0-9]{40,400}={0,3}' },
  { literals: ['sntrys_', 'sntryu_'], pattern: 'sntry[su]_[\\w+/=-]{40,300}' },
  {
    literals: ['NRAK-', 'NRII-', 'NRJS-'],
    pattern: 'NR(?:AK-[A-Z0-9]{27}|II-[\\w-]{32}|JS-[a-f0-9]{19})',
  },
  { literals: ['dt0c01.', 'dt0s01.'], pattern: 'dt0[cs]01\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}' },
  { literals: ['phc_', 'phx_'], pattern: 'ph[cx]_[A-Za-z0-9]{40,50}' },
  { literals: ['hcaik_', 'hcaic_'], pattern: 'hcai[kc]_[a-z0-9]{58,64}' },
  // Content, design and the rest.
  { literals: ['EAAM', 'EAAC'], pattern: 'EAA[MC][A-Za-z0-9]{100,300}' },
  { literals: ['A'.repeat(21)], pattern: 'A{22}[\\w%]{80,100}', minEntropy: 3 },
  { literals: ['CFPAT-'], pattern: 'CFPAT-[\\w-]{43}' },
  { literals: ['sl.B', 'sl.u'], pattern: 'sl\\.[Bu][\\w.-]{130,1400}' },
  { literals: ['figd_'], pattern: 'figd_[\\w-]{40}' },
  { literals: ['fio-u-'], pattern: 'fio-u-[\\w=-]{64}' },
  { literals: ['p8e-'], pattern: 'p8e-[a-z0-9]{32}', minEntropy: 3 },
  { literals: ['s-s4t2'], pattern: 's-s4t2(?:ud|af)-[a-f0-9]{64}' },
  { literals: ['_mmk'], lead: 36, pattern: '[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk', minEntropy: 3.5 },
  { literals: ['sm_aat_', 'sm_pat_', 'sm_sat_'], pattern: 'sm_[aps]at_[A-Za-z0-9]{16}' },
  { literals: ['tfp_'], pattern: 'tfp_[\\w.=-]{59}' },
  { literals: ['pat-na', 'pat-eu'], pattern: `pat-(?:na|eu)\\d-${uuidPattern}` },
  { literals: ['pk.eyJ', 'sk.eyJ'], pattern: '[ps]k\\.eyJ[\\w-]{40,90}\\.[\\w-]{20,24}' },
];
