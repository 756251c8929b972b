/**
 * AssemblyScript: where sums over the torus keep their arrays. Sizes and addresses stand in a table of 32-bit words, which
 * src/kernels/torus-field.ts writes in the same order.
 */
import { word } from './layout';

/** Particles; chunks of them, each with a grid of its own; points along an axis, a multiple of four. */
export const M = 0;
export const CHUNKS = 1;
export const SIDE = 2;
/**
 * Frequencies along an axis stand in four classes of as many rows, a multiple of four: even and odd cosines, even and odd sines, each with
 * a symmetry about the quarter of a turn, so that a quarter of the points and one decide.
 */
export const ROWS = 3;
/** Those points, and as many with padding to a multiple of four. */
export const DEPTH = 4;
export const DEPTH_PADDED = 5;
/** Tasks of a transform. */
export const RANGES = 6;
/** Addresses. Particle-major. */
export const STATE = 7;
export const RESULT = 8;
/** The window by pieces of a step, polynomials for all taps at once. */
export const WINDOW = 9;
/** SIDE + TAPS rows of SIDE + BEYOND numbers, the first of a chunk; bytes from one to the next. */
export const GRIDS = 10;
export const GRID_STRIDE = 11;
/** By class, in blocks of four rows. */
export const FORWARD = 12;
export const BACKWARD = 13;
/** Class by class; one axis transformed; both: row of the second axis by row of the first. */
export const FOLDED = 14;
export const PARTIAL = 15;
export const SUMS = 16;
/** Records of eight particles for each thread, and bytes from one to the next; records of all, 0 where there is no room. */
export const SCRATCH = 17;
export const SCRATCH_STRIDE = 18;
export const RECORDS = 19;
/** Of the polynomial, as SUMS; the y of R = |f − y|²/(2λ), likewise, where that is R. */
export const COEFFICIENTS = 20;
export const TARGETS = 21;
/** Doubles: the period, the slope of a step, λ, and R. */
export const PERIOD: usize = 128;
export const SLOPE: usize = 136;
export const SCALE: usize = 144;
export const LOSS: usize = 152;

export const TAPS: usize = 14;
/** As many columns are there beyond the side: TAPS, to a multiple of four. */
export const BEYOND: usize = 16;

/** Bytes of a row of a grid. */
// @ts-ignore: decorator
@inline
export function stride(table: usize): usize {
  return (word(table, SIDE) + BEYOND) << 3;
}
