/**
 * AssemblyScript: where a field keeps its arrays. The caller writes this table of 32-bit words once (src/kernels/two-layer.ts has the same
 * order), and every function below takes its address alone, so that workers need nothing else.
 */

/** Data rows; particles; inputs. */
export const N = 0;
export const M = 1;
export const D = 2;
/** Particles and inputs, padded to whole vectors and blocks: the padding is zero. */
export const M_PADDED = 3;
export const D_PADDED = 4;
/** Data rows that are held at once, tiles of that many rows, and chunks of tiles; each chunk has sums of its own. */
export const TILE = 5;
export const TILES = 6;
export const CHUNKS = 7;
/** 0: forward, loss, backward. 1: forward and loss. 2: forward, and backward with the gradient that stands in RESIDUAL. */
export const MODE = 8;
/** 0: the loss is the caller's. 1: square. 2: logistic. */
export const LOSS = 9;
/** 0: particles [w, θ]. 1: θ alone with s(θ) = θ|θ| and a sign of its own (Chizat & Bach 2018, §4.2). */
export const CHART = 10;
/** Numbers in a particle. */
export const DIM = 11;
/** Addresses. The state and the result, particle-major; signs of the particles. */
export const STATE = 12;
export const RESULT = 13;
export const SIGNS = 14;
/** Inputs, by tile; targets; f; R′(f). */
export const INPUTS = 15;
export const TARGETS = 16;
export const OUTPUT = 17;
export const RESIDUAL = 18;
/** Weights w/m; directions, by coordinate (d ≤ 3) or by panel of four particles. */
export const WEIGHTS = 19;
export const DIRECTIONS = 20;
/** Sums of the backward pass, of the first chunk; bytes from one chunk to the next; R of each chunk. */
export const SUMS = 21;
export const SUMS_STRIDE = 22;
export const LOSSES = 23;
/** Scratch of the first thread, and bytes from one thread to the next. */
export const SCRATCH = 24;
export const SCRATCH_STRIDE = 25;
/** Ranges of particles in `pack` and `unpack`, which are tasks of their own. */
export const RANGES = 26;
/** More than three inputs: the inputs once more, by tile and block of inputs, and how many blocks there are before those of four. */
export const TURNED = 27;
export const BLOCKS = 28;
/** The scale of the loss, a double. */
export const SCALE: usize = 128;
/** What directions are multiplied by for the activation, a double. */
export const UNIT: usize = 136;

// @ts-ignore: decorator
@inline
export function word(table: usize, at: usize): usize {
  return <usize>load<u32>(table + (at << 2));
}
