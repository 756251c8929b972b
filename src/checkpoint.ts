/** Snapshots that continue bit for bit: doubles travel as base64, because JSON loses −0, NaN and infinities. */
import type { Branch, Checkpoint, Vec } from './types.js';

const bytesToText = (bytes: Uint8Array): string => btoa(Array.from(bytes, b => String.fromCharCode(b)).join(''));
const textToBytes = (text: string): Uint8Array => Uint8Array.from(atob(text), c => c.charCodeAt(0));

export const encodeVec = (a: Vec): string => bytesToText(new Uint8Array(a.buffer, a.byteOffset, a.byteLength));
/** The doubles of a flow of `unknowns` unknowns and `beside` numbers more. Throws RangeError when they are another flow's. */
export function decodeVec(text: string, unknowns?: number, beside = 0): Vec {
  const a = new Float64Array(textToBytes(text).buffer as ArrayBuffer);
  if (unknowns !== undefined && a.length !== unknowns + beside)
    throw new RangeError(`checkpoint holds ${a.length - beside} unknowns; this flow has ${unknowns}`);
  return a;
}
export const encodeBranch = (b: Branch): string => bytesToText(new Uint8Array(b.buffer, b.byteOffset, b.byteLength));
export const decodeBranch = (text: string): Branch => new Int8Array(textToBytes(text).buffer as ArrayBuffer);

export function checkpointOf(solver: string, t: number, state: Checkpoint['state']): Checkpoint {
  return { format: 'pgf-checkpoint-1', solver, t, state };
}

/** The state inside, after checking that this solver wrote it. Throws RangeError otherwise. */
export function stateOf<T>(checkpoint: Checkpoint, solver: string): T {
  if (checkpoint.format !== 'pgf-checkpoint-1')
    throw new RangeError(`checkpoint format must be pgf-checkpoint-1, got ${String(checkpoint.format)}`);
  if (checkpoint.solver !== solver)
    throw new RangeError(`checkpoint was written by solver ${checkpoint.solver}; this run uses ${solver}`);
  return checkpoint.state as T;
}
