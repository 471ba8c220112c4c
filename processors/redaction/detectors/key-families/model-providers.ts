import type { KeyFamily } from '../key-family.ts';

/** Keys of model providers, and of the tools around them. */
export const modelProviderKeys: readonly KeyFamily[] = [
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
  { literals: ['pcsk_'], pattern: 'pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{50,70}' },
  { literals: ['jina_'], pattern: 'jina_[A-Za-z0-9]{32}[\\w-]{20,40}' },
  { literals: ['csk-'], pattern: 'csk-[a-z0-9]{40,60}' },
  { literals: ['fw_'], pattern: 'fw_[A-Za-z0-9]{22,26}', minEntropy: 3.5 },
  { literals: ['tgp_v1_'], pattern: 'tgp_v1_[\\w-]{40,50}' },
  { literals: ['e2b_'], pattern: 'e2b_[a-f0-9]{40}' },
  { literals: ['fc-'], pattern: 'fc-[a-f0-9]{32}' },
  { literals: ['wandb_v1_'], pattern: 'wandb_v1_[\\w-]{60,100}' },
];
