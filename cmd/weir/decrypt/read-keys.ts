import { readFile } from 'node:fs/promises';
import { reasonOf } from '../../../pipeline/config/source.ts';
import { checkEncryptionKey, redactionConfig } from '../../../processors/redaction/config.ts';
import { parseEncryptionKey } from '../../../processors/redaction/encryption.ts';
import { prepareRedaction } from '../../../processors/redaction/prepare-redaction.ts';
import type { ConfigOptions } from '../config-options.ts';
import { loadConfigOptions } from '../config-options.ts';
import { CommandFailure, exitCodes } from '../exit-code.ts';
import { requireConfig } from '../report-config.ts';

/** The keys that the options name, at least one. @throws CommandFailure where there is none, or one cannot be read. */
export async function readKeys(
  options: ConfigOptions & { readonly keyFile?: readonly string[] },
): Promise<Uint8Array[]> {
  const texts =
    options.keyFile === undefined
      ? await keysOfConfig(options)
      : await Promise.all(options.keyFile.map(readKeyFile));
  const keys = texts.map(parseEncryptionKey).filter((key) => key !== undefined);
  if (keys.length > 0) return keys;
  throw new CommandFailure(
    'weir decrypt: no redaction processor of the configuration has an encryption_key; name a file with --key-file',
    exitCodes.usage,
  );
}

async function readKeyFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandFailure(`weir decrypt: cannot read ${file}: ${reasonOf(error)}`);
  });
  try {
    return checkEncryptionKey(text, file);
  } catch (error) {
    throw new CommandFailure(`weir decrypt: ${error instanceof Error ? error.message : file}`);
  }
}

async function keysOfConfig(options: ConfigOptions): Promise<string[]> {
  const { processors } = requireConfig(await loadConfigOptions(options));
  const keys: string[] = [];
  for (const { type, raw } of processors.values()) {
    if (type !== 'redaction') continue;
    const { encryptionKey } = await prepareRedaction(redactionConfig.parse(raw ?? {}));
    if (encryptionKey !== undefined) keys.push(encryptionKey);
  }
  return keys;
}
