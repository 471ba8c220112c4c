import { spelledProvider, toProvider } from '../provider.ts';

/**
 * Creates a function that gives the catalogue's id for a provider, in whatever words spans or people name it; the name itself
 * where nobody knows another.
 * @param ours the catalogue's ids of semconv's names.
 * @param users what the user says that names stand for, which goes first.
 */
export function createProviderIds(
  ours: Readonly<Record<string, string>>,
  users: Readonly<Record<string, string>>,
): (provider: string) => string {
  const aliases = new Map(
    Object.entries(users).map(([from, to]) => [spelledProvider(from) ?? from.toLowerCase(), to]),
  );
  const ids = new Map(Object.entries(ours));
  return (provider) => {
    const lower = provider.toLowerCase();
    const meant = aliases.get(spelledProvider(provider) ?? lower) ?? lower;
    const semconv = toProvider(meant) ?? meant;
    return ids.get(meant) ?? ids.get(semconv) ?? semconv;
  };
}
