/** WebAssembly behind the kernels: modules, compiled once, and memories, one for each field. */
import * as modules from './modules.js';

const PAGE = 65536;

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), c => c.charCodeAt(0));

let compiled: WebAssembly.Module | null | undefined;

/** null where the engine has no WebAssembly, or none with vectors. */
function module(): WebAssembly.Module | null {
  if (compiled !== undefined) return compiled;
  const bytes = bytesOf(modules.strict);
  compiled = typeof WebAssembly === 'object' && WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
  return compiled;
}

/** Kernels on a memory of their own. */
export interface Instance {
  readonly buffer: ArrayBuffer;
  readonly run: Readonly<Record<string, (...words: number[]) => number>>;
}

/** Zeroed memory of at least that many bytes, never to grow, and the kernels on it; undefined where the engine cannot run them. */
export function instance(bytes: number): Instance | undefined {
  const kernels = module();
  if (!kernels) return undefined;
  const pages = Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  return { buffer: memory.buffer, run: new WebAssembly.Instance(kernels, { env: { memory } }).exports };
}
