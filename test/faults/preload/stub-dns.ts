import dns, { type LookupAddress } from 'node:dns';
import { existsSync, readFileSync } from 'node:fs';

/**
 * Preloaded into a daemon under test: names under `.test` resolve to the address that the file `resolver` in the working
 * directory holds at that moment, and to nothing while there is no such file.
 */
const { lookup } = dns;
const { lookup: lookupAsync } = dns.promises;

function isStubbed(name: unknown): boolean {
  return typeof name === 'string' && name.endsWith('.test');
}

/** The answer of the stub, or the error of getaddrinfo. */
function resolveStubbed(name: unknown): LookupAddress | NodeJS.ErrnoException {
  if (existsSync('resolver')) return { address: readFileSync('resolver', 'utf8'), family: 4 };
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${String(name)}`), { code: 'ENOTFOUND' });
}

type Callback = (error: Error | null, address?: unknown, family?: number) => void;

function stubbedLookup(name: string, ...rest: unknown[]): void {
  // `lookup(name, callback)` and `lookup(name, options, callback)`.
  const callback = rest.at(-1) as Callback;
  const options = rest.length > 1 ? (rest[0] as { all?: boolean }) : {};
  const answer = resolveStubbed(name);
  process.nextTick(() => {
    if (answer instanceof Error) callback(answer);
    else if (options.all === true) callback(null, [answer]);
    else callback(null, answer.address, answer.family);
  });
}

Object.assign(dns, {
  lookup: (name: string, ...rest: unknown[]): void => {
    if (isStubbed(name)) stubbedLookup(name, ...rest);
    else Reflect.apply(lookup, dns, [name, ...rest]);
  },
});

Object.assign(dns.promises, {
  lookup: (name: string, options?: { all?: boolean }): unknown => {
    if (!isStubbed(name)) return Reflect.apply(lookupAsync, dns.promises, [name, options]);
    const answer = resolveStubbed(name);
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve(options?.all === true ? [answer] : answer);
  },
});
