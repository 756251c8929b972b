/**
 * The window through which particles are put on a grid: Kaiser & Bessel's I₀(β√(1 − z²))/I₀(β), z = u/8 (Kaiser & Schafer 1980; for this use
 * Fourmont 2003), over 16 steps u of a grid at least 2.1 times as fine as the highest frequency asks for: what the other frequencies of
 * the grid leave is a few 10⁻¹⁴ of the sum, in slopes too.
 */
import type { Vec } from '../types.js';
import { exponential, turn } from './elementary.js';

/** Steps that it covers. */
export const TAPS = 16;
/** Pieces of a step, each with a polynomial of as many terms for every tap. */
export const PIECES = 16;
export const TERMS = 8;
/** Steps in a period of the highest frequency, at least. */
export const FINENESS = 4.2;

const BETA = 2.4 * TAPS;
const AHEAD = TAPS / 2 - 1;
const NODES = 32;

/** Of Chebyshev's polynomials on [−1, 1] from their values at the nodes: their coefficients of (2y)ⁿ, as those of yⁿ. */
function monomials(f: (y: number) => number, count: number): number[] {
  const at = (i: number, k: number) => turn(k * (2 * i + 1), 4 * count)[0];
  const values = Array.from({ length: count }, (_, i) => f(at(i, 1) / 2));
  const out = new Array<number>(count).fill(0);
  let [before, now] = [[1], [0, 2]];
  for (let k = 0; k < count; k++) {
    const share = (values.reduce((sum, v, i) => sum + v * at(i, k), 0) * (k === 0 ? 1 : 2)) / count;
    for (const [n, c] of before.entries()) out[n] += share * c;
    const after = [0, ...now.map(c => 4 * c)];
    for (const [n, c] of before.entries()) after[n] -= c;
    [before, now] = [now, after];
  }
  return out;
}

/** sin² of half an angle and of the angle, over half a turn. */
const squares = (): (readonly [number, number])[] =>
  Array.from({ length: NODES + 1 }, (_, j) => [turn(j, 4 * NODES)[1] ** 2, turn(j, 2 * NODES)[1] ** 2]);

/** e^x below which nothing is left beside 1. */
const LEAST = -46;

/** e^{−β} times I₀(β√(1 − z²)), or I₁ of that over its argument: the mean of e^{β√(1 − z²) cos t} over half a turn, or with sin² t. */
function bessel(z: number, order: 0 | 1, nodes: readonly (readonly [number, number])[]): number {
  const s = Math.sqrt(Math.max(0, 1 - z * z));
  let sum = 0;
  for (let j = 0; j <= NODES; j++) {
    const x = -BETA * ((z * z) / (1 + s) + 2 * s * nodes[j][0]);
    if (x < LEAST) break;
    sum += (j % NODES === 0 ? 0.5 : 1) * exponential(x) * (order === 0 ? 1 : nodes[j][1]);
  }
  return sum / NODES;
}

let made: Vec | undefined;

/** By piece and power, coefficients for all taps. Slopes are fitted and summed, so that they are as exact as values. */
export function windowTable(): Vec {
  if (made) return made;
  const [nodes, out] = [squares(), new Float64Array(PIECES * TERMS * TAPS)];
  const top = bessel(0, 0, nodes);
  for (let piece = 0; piece < PIECES / 2; piece++)
    for (let tap = 0; tap < TAPS; tap++) {
      const z = (y: number) => (2 / TAPS) * ((piece + 0.5 + y) / PIECES + AHEAD - tap);
      const slope = (y: number) => (-((2 * BETA * BETA) / TAPS) * z(y) * bessel(z(y), 1, nodes)) / top / PIECES;
      const terms = [bessel(z(0), 0, nodes) / top, ...monomials(slope, TERMS - 1).map((c, n) => c / (n + 1))];
      for (const [n, c] of terms.entries()) {
        out[(piece * TERMS + n) * TAPS + tap] = c;
        // The window is even.
        out[((PIECES - 1 - piece) * TERMS + n) * TAPS + TAPS - 1 - tap] = n % 2 === 0 ? c : -c;
      }
    }
  made = out;
  return out;
}

/** One over the Fourier transform of the window at a share of a turn a step, at most 1/4. */
export function deconvolution(share: number): number {
  const [nodes, angle] = [squares(), Math.PI * TAPS * share];
  const x = Math.sqrt(BETA * BETA - angle * angle);
  // e^{−β} sinh(x)/x over e^{−β} I₀(β)
  const fall = -((angle * angle) / (BETA + x));
  const sinh = (exponential(fall) - exponential(fall - 2 * x)) / 2;
  return (bessel(0, 0, nodes) * x) / (TAPS * sinh);
}
