import { join } from 'node:path';
import asc from 'assemblyscript/asc';

const source = 'processors/redaction/assembly/kernel.ts';
/** No runtime and no imports: the kernel allocates nothing and calls nobody. */
const options = [
  '-O3',
  '--converge',
  '--runtime=stub',
  '--use=abort=',
  '--enable=simd',
  '--initialMemory=6',
  '--outFile=kernel.wasm',
];

/**
 * Compiles the kernel of `redaction` into a module that holds it as base64, so that it is found wherever the code is
 * compiled to, and nobody needs its compiler who does not change it.
 */
export async function redactionKernelModule(root: string): Promise<string> {
  let wasm: Uint8Array | undefined;
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
