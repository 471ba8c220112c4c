import { join } from 'node:path';

/** Of AssemblyScript's compiler, what is used here: its own types redeclare those of JavaScript for the whole project. */
interface Compiler {
  main(
    options: readonly string[],
    io: { writeFile(name: string, contents: string | Uint8Array): void },
  ): Promise<{ readonly error: Error | null }>;
}

// Named by a constant, so that TypeScript does not read the package's types.
const compiler = 'assemblyscript/asc';
const source = 'processors/redaction/assembly/kernel.ts';
/** No runtime and no imports: the kernel allocates nothing and calls nobody. */
const options = [
  '-O3',
  '--converge',
  '--runtime=stub',
  '--use=abort=',
  '--enable=simd',
  '--initialMemory=12',
  '--outFile=kernel.wasm',
];

/**
 * Compiles the kernel of `redaction` into a module that holds it as base64, so that it is found wherever the code is
 * compiled to, and nobody needs its compiler who does not change it.
 */
export async function redactionKernelModule(root: string): Promise<string> {
  let wasm: Uint8Array | undefined;
  // Sound: `npm run check` runs it with the one version that package.json allows.
  const { default: asc } = (await import(compiler)) as { readonly default: Compiler };
  const { error } = await asc.main([join(root, source), ...options], {
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') wasm = contents;
    },
  });
  if (error !== null || wasm === undefined) {
    throw new Error(`${source} does not compile`, { cause: error });
  }
  const base64 = Buffer.from(wasm).toString('base64');
  return `/** \`assembly/kernel.ts\` in WebAssembly; written by \`npm run generate\`. */\nexport const kernelBase64 = '${base64}';\n`;
}
