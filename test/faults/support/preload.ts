/** Options of node that load a module of `../preload` before the daemon, in its main thread and in its workers. */
export function preload(name: string): readonly string[] {
  return ['--import', new URL(`../preload/${name}.js`, import.meta.url).href];
}
