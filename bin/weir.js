#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const main = join(import.meta.dirname, '../dist/cmd/weir/main.js');

if (existsSync(main)) {
  await import(pathToFileURL(main).href);
} else {
  process.stderr.write(
    'weir: it is not built yet. Run "npm ci && npm run build" in its folder first.\n',
  );
  process.exitCode = 1;
}
