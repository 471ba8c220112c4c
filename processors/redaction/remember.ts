/** What is remembered: keys come from outside, may be many, and may be long. */
const maxRemembered = 4096;
const maxRememberedChars = 256;

/** Makes a function of a key that works each out once, in bounded memory. */
export function rememberByKey<Result>(judge: (key: string) => Result): (key: string) => Result {
  const remembered = new Map<string, Result>();
  return (key) => {
    if (key.length > maxRememberedChars) return judge(key);
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const result = judge(key);
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(key, result);
    return result;
  };
}
