/**
 * Compiles the kernels, AssemblyScript in ./assembly, into dist/src/kernels/modules.js: WebAssembly as base64, so that they need no file
 * and run in a browser. Twice: with IEEE arithmetic, the same bits everywhere, and with fused multiply-add; and those in single precision,
 * modules of their own that few programs compile, twice too.
 */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = `${here}assembly`;
const output = fileURLToPath(new URL('../../dist/src/kernels/modules.js', import.meta.url));
const sources = readdirSync(folder).map(name => `${folder}/${name}`);

const PAGES = 65536;
const common = '-O3 --noAssert --runtime stub --importMemory --initialMemory 1 --enable simd'.split(' ');

/** Functions find everything through the addresses they are given: data of a module's own would lie in the way. */
function refuseData(bytes) {
  for (let at = 8; at < bytes.length; ) {
    const section = bytes[at++];
    let [size, shift, byte] = [0, 0, 128];
    while (byte & 128) {
      byte = bytes[at++];
      size |= (byte & 127) << shift;
      shift += 7;
    }
    if (section === 11) throw new Error('the kernels have static data; take a function that needs no table');
    at += size;
  }
}

async function compiled(entry, options) {
  const written = new Map();
  const limits = ['--maximumMemory', `${PAGES}`];
  const argv = [entry, ...common, ...limits, ...options, '-o', 'kernels.wasm', '--baseDir', folder];
  const { error, stderr } = await asc.main(argv, { writeFile: (name, contents) => written.set(name, contents) });
  if (error) throw new Error(`${stderr}${error.message}`);
  const bytes = written.get('kernels.wasm');
  refuseData(bytes);
  return Buffer.from(bytes).toString('base64');
}

const newest = Math.max(...[...sources, fileURLToPath(import.meta.url)].map(f => statSync(f).mtimeMs));
if (!((statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0) > newest)) {
  const fused = ['--enable', 'relaxed-simd'];
  const texts = {
    strict: await compiled('index.ts', []),
    fused: await compiled('index.ts', fused),
    single: await compiled('single.ts', []),
    singleFused: await compiled('single.ts', fused),
  };
  const lines = Object.entries(texts).map(([name, text]) => `export const ${name} = '${text}';\n`);
  mkdirSync(fileURLToPath(new URL('.', `file://${output}`)), { recursive: true });
  writeFileSync(output, lines.join(''));
  console.log(`${basename(output)}: ${lines.map(line => `${(line.length / 1024).toFixed(0)} KB`).join(', ')}`);
}
