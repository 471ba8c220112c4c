import { Command } from 'commander';
import { addConfigOptions, type ConfigOptions } from './config-options.ts';
import { CommandFailure, exitCodes } from './exit-code.ts';
import { tell } from './terminal.ts';

function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

/** `weir decrypt`: text in which the `encrypt` action's tokens are values again. */
export function createDecryptCommand(): Command {
  return addConfigOptions(new Command('decrypt'))
    .summary('put values back in place of the tokens of the encrypt action')
    .description(
      'Put values back in place of the tokens that the encrypt action of redaction wrote.\nTakes the output of the file exporter and any other text, and prints it with the\nvalues. Keys come from --key-file, else from the redaction processors of the\nconfiguration.',
    )
    .argument('<file>', 'file to read; - reads standard input')
    .option('-k, --key-file <file>', 'file that holds a key; repeat for older ones', collect)
    .addHelpText('after', '\nExample:\n  $ weir decrypt spans.jsonl --key-file encryption.key')
    .action(decrypt);
}

async function decrypt(
  file: string,
  options: ConfigOptions & { readonly keyFile?: readonly string[] },
): Promise<void> {
  const { readKeys } = await import('./decrypt/read-keys.ts');
  const { openTokens } = await import('./decrypt/open-tokens.ts');
  const { opened, closed } = await openTokens(file, await readKeys(options), process.stdout);
  tell(`${opened} ${opened === 1 ? 'value' : 'values'} decrypted`);
  if (closed === 0) return;
  const tokens = closed === 1 ? '1 token is' : `${closed} tokens are`;
  throw new CommandFailure(
    `weir decrypt: ${tokens} of another key, and left as written`,
    exitCodes.failed,
  );
}
