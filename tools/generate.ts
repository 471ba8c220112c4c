import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../cmd/weir/components.ts';
import { projectRoot } from '../test/support/project-root.ts';
import { generateFiles } from './generated-files.ts';

/** `npm run generate` writes what is made from the code; with `--check` it only says what is out of date, and fails. */
const isCheck = process.argv.includes('--check');
const stale = (await generateFiles(await registry.load(registry.types), projectRoot)).filter(
  ({ path, text }) => {
    const file = join(projectRoot, path);
    return !existsSync(file) || readFileSync(file, 'utf8') !== text;
  },
);

for (const { path, text } of stale) {
  if (!isCheck) writeFileSync(join(projectRoot, path), text);
  process.stderr.write(`${isCheck ? 'out of date' : 'written'}: ${path}\n`);
}

if (isCheck && stale.length > 0) {
  process.stderr.write('Run "npm run generate" and commit what it writes.\n');
  process.exitCode = 1;
}
