import type { KeyFamily } from '../key-family.ts';
import { uuidPattern } from '../key-family.ts';

/** Keys of clouds and of the networks and databases that are rented with them. */
export const cloudKeys: readonly KeyFamily[] = [
  {
    literals: ['AKIA', 'ASIA', 'ABIA', 'ACCA', 'A3T'],
    pattern: 'A(?:KIA|SIA|BIA|CCA|3T[A-Z0-9])(?!\\w*EXAMPLE)[A-Z2-7]{16}',
    minEntropy: 2.6,
  },
  { literals: ['ABSK'], pattern: 'ABSK[A-Za-z0-9+/]{109,269}={0,2}' },
  {
    literals: ['bedrock-api-key-'],
    pattern: 'bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[\\w+/=-]{0,4096}',
  },
  { literals: ['AIza'], pattern: 'AIza[\\w-]{35}', minEntropy: 3 },
  { literals: ['GOCSPX-'], pattern: 'GOCSPX-[\\w-]{28}' },
  { literals: ['ya29.'], pattern: 'ya29\\.[\\w-]{20,1024}' },
  { literals: ['GOOG1E'], pattern: 'GOOG1E[A-Z0-9]{40,60}' },
  {
    literals: Array.from({ length: 10 }, (_, digit) => `${digit}Q~`),
    lead: 3,
    pattern: '[\\w.~-]{3}\\dQ~[\\w.~-]{31,34}',
  },
  { literals: ['dop_v1_', 'doo_v1_', 'dor_v1_'], pattern: 'do[opr]_v1_[a-f0-9]{64}' },
  { literals: ['dapi'], pattern: 'dapi[a-f0-9]{32}(?:-\\d)?' },
  { literals: ['LTAI'], pattern: 'LTAI[A-Za-z0-9]{12,24}', minEntropy: 3 },
  { literals: ['AKID'], pattern: 'AKID[A-Za-z0-9]{32}', minEntropy: 3.5 },
  { literals: ['AKLT'], pattern: 'AKLT[A-Za-z0-9]{32,60}', minEntropy: 3.5 },
  { literals: ['v1.0-'], pattern: 'v1\\.0-[a-f0-9]{24}-[a-f0-9]{146}' },
  { literals: ['4b1d'], pattern: '4b1d[A-Za-z0-9]{38}', minEntropy: 3.5 },
  { literals: ['pscale_'], pattern: 'pscale_(?:tkn|oauth|pw)_[\\w=.-]{32,64}', minEntropy: 3 },
  { literals: ['sbp_'], pattern: 'sbp_[a-f0-9]{40}' },
  { literals: ['sb_secret_'], pattern: 'sb_secret_[\\w-]{30,60}' },
  { literals: ['tskey-'], pattern: 'tskey-[a-z]{3,10}-[A-Za-z0-9]{8,24}(?:-[A-Za-z0-9]{20,60})?' },
  { literals: ['dnkey-'], pattern: 'dnkey-[\\w=-]{26}-[\\w=-]{52}' },
  { literals: ['fo1_', 'fm1a_', 'fm1r_', 'fm2_'], pattern: 'f(?:o1|m1[ar]|m2)_[\\w+/=-]{40,1024}' },
  { literals: ['tk-us-'], pattern: 'tk-us-[\\w-]{48}' },
  { literals: ['HRKU-AA'], pattern: 'HRKU-AA[\\w-]{58}' },
  { literals: ['nfp_'], pattern: 'nfp_[A-Za-z0-9]{36}' },
  { literals: ['napi_'], pattern: 'napi_[a-z0-9]{48,70}' },
  { literals: ['sha256~'], pattern: 'sha256~[\\w-]{43}', minEntropy: 3.5 },
  { literals: ['.atlasv1.'], lead: 14, pattern: '[A-Za-z0-9]{14}\\.atlasv1\\.[\\w=-]{60,70}' },
  { literals: ['t1.'], pattern: 't1\\.[\\w-]{10,1024}={0,2}\\.[\\w-]{86}={0,2}' },
  { literals: ['AQVN'], pattern: 'AQVN[\\w-]{35,38}' },
  {
    literals: ['softlayer.com/'],
    pattern: 'softlayer\\.com/(?:soap|xmlrpc)/v3(?:\\.1)?/[a-f0-9]{64}',
  },
  { literals: ['SCW'], pattern: 'SCW[A-Z0-9]{17}', minEntropy: 3.3 },
  { literals: ['sdk-', 'api-', 'mob-'], pattern: `(?:sdk|api|mob)-${uuidPattern}` },
];
