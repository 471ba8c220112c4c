import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RedactionConfig } from './config.ts';
import { checkEncryptionKey, checkHashKey } from './config.ts';
import { createDenyList, parseTerms } from './deny-list.ts';
import type { RedactionPrepared } from './policy.ts';

/** Reads what the workers need: the key, and the lists. @throws Error where a file cannot be read or used. */
export async function prepareRedaction(config: RedactionConfig): Promise<RedactionPrepared> {
  const { hmac_key_file: hashFile, encryption_key_file: encryptionFile } = config;
  return {
    hmacKey:
      hashFile === undefined
        ? config.hmac_key
        : checkHashKey(await readText('hmac_key_file', hashFile), hashFile),
    encryptionKey:
      encryptionFile === undefined
        ? config.encryption_key
        : checkEncryptionKey(await readText('encryption_key_file', encryptionFile), encryptionFile),
    pseudonymKey: randomBytes(pseudonymKeyBytes).toString('hex'),
    denyTerms: checkTerms(await readTerms('deny_list', config.deny_list), config.deny_list),
    allowTerms: await readTerms('allow_list', config.allow_list),
  };
}

const pseudonymKeyBytes = 32;

async function readTerms(key: string, file: string | undefined): Promise<string[]> {
  return file === undefined ? [] : parseTerms(await readText(key, file));
}

async function readText(key: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw new Error(`${key}: ${reason}`, { cause: error });
  }
}

/** Tells at start what a worker would throw. */
function checkTerms(terms: string[], file = ''): string[] {
  try {
    createDenyList(terms);
    return terms;
  } catch (error) {
    throw new Error(`deny_list ${file}: ${error instanceof Error ? error.message : 'unusable'}`, {
      cause: error,
    });
  }
}
