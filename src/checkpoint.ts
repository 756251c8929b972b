/** Snapshots that continue bit for bit. */
import { bytesToText, decodeDoubles, encodeDoubles, textToBytes } from './math/doubles.js';
import type { Branch, Checkpoint, Vec } from './types.js';

export const encodeVec = (a: Vec): string => encodeDoubles(a);
/** The doubles of a flow of `unknowns` unknowns and `beside` numbers more. Throws RangeError when they are another flow's. */
export function decodeVec(text: string, unknowns?: number, beside = 0): Vec {
  const a = decodeDoubles(text);
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
