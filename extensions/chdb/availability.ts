import { createRequire } from 'node:module';

/** Whether the embedded engine can be opened here, and in words why not. */
export type ChdbAvailability =
  { readonly available: true } | { readonly available: false; readonly reason: string };

/** Platforms that the `chdb` package has a native library for, and the package that holds it. */
const libraries: Readonly<Record<string, string>> = {
  'darwin-arm64': '@chdb/lib-darwin-arm64',
  'darwin-x64': '@chdb/lib-darwin-x64',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
  'linux-x64': '@chdb/lib-linux-x64-gnu',
};

/** Tells whether this platform and install have the embedded engine, without loading its 540 MB library. */
export function isChdbAvailable(): ChdbAvailability {
  const platform = `${process.platform}-${process.arch}`;
  const library = libraries[platform];
  if (library === undefined) return unavailable(`there is no embedded ClickHouse for ${platform}`);
  if (process.platform === 'linux' && !hasGlibc()) {
    return unavailable(
      'the embedded ClickHouse needs glibc, and this system has another C library',
    );
  }
  const require = createRequire(import.meta.url);
  const chdb = resolvePackage(require, 'chdb');
  if (chdb === undefined) {
    return unavailable(
      'the optional package chdb is not installed (npm install --include=optional)',
    );
  }
  if (resolvePackage(createRequire(chdb), library) === undefined) {
    return unavailable(`the optional package ${library} is not installed`);
  }
  return { available: true };
}

function unavailable(reason: string): ChdbAvailability {
  return { available: false, reason };
}

function resolvePackage(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
}

function hasGlibc(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime !== undefined;
}
