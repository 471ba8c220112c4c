import type { ActionKeys } from '../../processors/redaction/actions.ts';

/** Keys with which every action can be taken. */
export const actionKeys: ActionKeys = {
  algorithm: 'sha256',
  hash: 'k'.repeat(32),
  id: 'k1',
  pseudonym: 'p',
  encryption: new Uint8Array(64),
  encryptionId: 'k1',
};
