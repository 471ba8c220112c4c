import type { KeyFamily } from '../key-family.ts';

/** Keys of code hosting, package registries, build services and stores of secrets. */
export const codeHostingKeys: readonly KeyFamily[] = [
  { literals: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], pattern: 'gh[pousr]_[A-Za-z0-9]{36,255}' },
  { literals: ['github_pat_'], pattern: 'github_pat_\\w{82}' },
  {
    literals: [
      'glpat-',
      'gldt-',
      'glptt-',
      'glrt-',
      'glft-',
      'glffct-',
      'glsoat-',
      'glcbt-',
      'glimt-',
      'gloas-',
      'glagent-',
      'GR1348941',
    ],
    pattern:
      '(?:gl(?:pat|dt|ptt|rt|ft|ffct|soat|cbt|imt|oas|agent)-|GR1348941)(?=[\\w.=-]{0,280}[\\dA-Z])[\\w.=-]{20,300}',
  },
  { literals: ['_gitlab_session='], pattern: '_gitlab_session=[0-9a-z]{32}' },
  { literals: ['npm_'], pattern: 'npm_[A-Za-z0-9]{36}' },
  { literals: ['pypi-AgE'], pattern: 'pypi-AgE[\\w-]{50,1000}' },
  { literals: ['rubygems_'], pattern: 'rubygems_[a-f0-9]{48}' },
  { literals: ['CLOJARS_'], pattern: 'CLOJARS_[a-z0-9]{60}' },
  { literals: ['oy2'], pattern: 'oy2[a-z0-9]{43}', minEntropy: 3.5 },
  { literals: ['dckr_pat_', 'dckr_oat_'], pattern: 'dckr_[po]at_[\\w-]{27,40}' },
  { literals: ['AKCp'], pattern: 'AKCp[A-Za-z0-9]{69}', minEntropy: 4 },
  { literals: ['cmVmd'], pattern: 'cmVmd[A-Za-z0-9]{59}', minEntropy: 4 },
  { literals: ['hvs.', 'hvb.'], pattern: 'hv[sb]\\.[\\w-]{24,300}', minEntropy: 3 },
  {
    literals: ['dp.pt.', 'dp.st.', 'dp.ct.'],
    pattern: 'dp\\.[psc]t\\.(?:[\\w-]{2,32}\\.)?[A-Za-z0-9]{40,44}',
  },
  { literals: ['ops_eyJ'], pattern: 'ops_eyJ[A-Za-z0-9+/]{250,8192}={0,3}' },
  {
    literals: ['A3-'],
    pattern: 'A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}',
    minEntropy: 3.3,
  },
  { literals: ['pul-'], pattern: 'pul-[a-f0-9]{40}' },
  { literals: ['ico-'], pattern: 'ico-[A-Za-z0-9]{32}', minEntropy: 3 },
  { literals: ['sqp_', 'squ_', 'sqa_'], pattern: 'sq[pua]_[a-zA-Z0-9]{40}' },
  {
    literals: ['sgp_'],
    pattern: 'sgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}',
  },
  { literals: ['API-'], pattern: 'API-(?=[A-Z]*\\d)[A-Z0-9]{26,32}', minEntropy: 3.3 },
  {
    literals: ['pat.', 'sat.'],
    pattern: '[ps]at\\.[\\w-]{22}\\.[A-Za-z0-9]{24}\\.[A-Za-z0-9]{20}',
  },
  { literals: ['bkua_'], pattern: 'bkua_[a-f0-9]{40}' },
  { literals: ['CCIPAT_'], pattern: 'CCIPAT_[A-Za-z0-9]{22}_[a-f0-9]{40}' },
  { literals: ['pnu_'], pattern: 'pnu_[A-Za-z0-9]{36}' },
  { literals: ['ATATT3', 'ATCTT3'], pattern: 'AT[AC]TT3[\\w=-]{100,250}' },
  { literals: ['ATBB'], pattern: 'ATBB[A-Za-z0-9]{32}', minEntropy: 3.3 },
  { literals: ['PMAK-'], pattern: 'PMAK-[a-f0-9]{24}-[a-f0-9]{34}' },
  { literals: ['rdme_'], pattern: 'rdme_[a-z0-9]{70}' },
  {
    literals: ['scauth_', 'authress_', 'ext_', 'sc_'],
    pattern:
      '(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\\.[A-Za-z0-9]{4,6}\\.acc[_-][A-Za-z0-9-]{10,32}\\.[\\w+/=-]{30,120}',
  },
];
