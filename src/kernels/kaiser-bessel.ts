/**
 * The windows through which particles are put on a grid: for every place of a particle in a step the weights of 14 points whose sum comes
 * nearest, in the mean square, to its waves up to the highest frequency (Fessler & Sutton 2003, §IV), each divided by the transform of
 * Kaiser & Bessel's window I₀(β√(1 − z²)) (Kaiser & Schafer 1980). On a grid at least 2.25 times as fine as the highest frequency asks for,
 * waves and their slopes are off by less than 2·10⁻¹³ of both; that window itself would need 16 points.
 */
import type { Vec } from '../types.js';
import { exponential, turn } from './elementary.js';

/** Points of a window. */
export const TAPS = 14;
/** Pieces of a step, each with a polynomial of as many terms for every tap. */
export const PIECES = 128;
export const TERMS = 6;
/** Steps in a period of the highest frequency, at least. */
export const FINENESS = 4.5;

/** π·TAPS·(1 − 1/FINENESS) is that of a window by itself; for what is divided by its transform 1 % less is better. */
const BETA = 0.99 * Math.PI * TAPS * (1 - 1 / FINENESS);
/** Frequencies at which waves are compared: errors of slopes are to be small beside the slope, and that of the lowest is near this share. */
const COMPARED = 16;
const LOWEST = 0.02;
const REFINEMENTS = 2;
/** Slopes of which the weights over a whole step are made. */
const WHOLE = 17;

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i], 0);
const minus = (a: readonly number[], c: number, b: readonly number[]): number[] => a.map((x, i) => x - c * b[i]);

/** What gives the weights with which some columns come nearest to b: by an orthogonal basis, refined, for they are almost dependent. */
function nearest(columns: readonly (readonly number[])[]): (b: readonly number[]) => number[] {
  const basis: number[][] = [];
  const parts = columns.map(column => {
    let rest = [...column];
    const mine = basis.map(q => {
      const part = dot(q, rest);
      rest = minus(rest, part, q);
      return part;
    });
    const length = Math.sqrt(dot(rest, rest));
    basis.push(rest.map(x => x / length));
    return [...mine, length];
  });
  return b => {
    const weights = columns.map(() => 0);
    let left = [...b];
    for (let turns = 0; turns < REFINEMENTS; turns++) {
      let rest = basis.map(q => dot(q, left));
      for (let j = columns.length - 1; j >= 0; j--) {
        const step = rest[j] / parts[j][j];
        rest = rest.map((x, i) => (i < j ? x - step * parts[j][i] : x));
        weights[j] += step;
        left = minus(left, step, columns[j]);
      }
    }
    return weights;
  };
}

/** One over what the windows make of a wave of so great a share of a turn a step, at most 1/FINENESS: for a share of 0 it is 1. */
export function deconvolution(share: number): number {
  const angle = Math.PI * TAPS * share;
  const x = Math.sqrt(BETA * BETA - angle * angle);
  // e^{−β} sinh(x)/x over e^{−β} sinh(β)/β
  const fall = -((angle * angle) / (BETA + x));
  return ((x / BETA) * (1 - exponential(-2 * BETA))) / (exponential(fall) - exponential(fall - 2 * x));
}

/** Chebyshev's nodes of [−½, ½]. */
const nodes = (count: number): number[] => Array.from({ length: count }, (_, i) => turn(2 * i + 1, 4 * count)[0] / 2);

const cosine = (turns: number): number => turn(Math.abs(turns), 1)[0];
const sine = (turns: number): number => Math.sign(turns) * turn(Math.abs(turns), 1)[1];

/** What gives the slopes of all weights, and their values, y of a step behind the middle of the taps. */
function weights(): (y: number, slope: boolean) => number[] {
  const parts = nodes(COMPARED).map(y => y + 0.5);
  const shares = parts.map(p => p / FINENESS);
  const care = parts.map(p => 1 / (p + LOWEST));
  const distances = Array.from({ length: TAPS / 2 }, (_, j) => j + 0.5);
  // Weights of taps as far away on both sides, in even and odd parts.
  const columns = (wave: (turns: number) => number) =>
    nearest(distances.map(h => shares.map((s, j) => 2 * care[j] * deconvolution(s) * wave(s * h))));
  const [even, odd] = [columns(cosine), columns(sine)];
  return (y, slope) => {
    const rates = shares.map((s, j) => care[j] * (slope ? 2 * Math.PI * s : 1));
    const e = even(shares.map((s, j) => rates[j] * (slope ? -sine(s * y) : cosine(s * y))));
    const o = odd(shares.map((s, j) => rates[j] * (slope ? cosine(s * y) : sine(s * y))));
    return [...e.map((x, j) => x - o[j]).reverse(), ...e.map((x, j) => x + o[j])];
  };
}

/** Chebyshev's polynomials of 2y, by power of y. */
function chebyshev(count: number): number[][] {
  const out = [[1], [0, 2]];
  while (out.length < count) {
    const [before, now] = out.slice(-2);
    out.push([0, ...now.map(c => 4 * c)].map((c, n) => c - (before[n] ?? 0)));
  }
  return out;
}

/** What gives coefficients of a polynomial, by its value in the middle and its slopes at the nodes: so slopes are as exact as values. */
function primitive(count: number): (value: number, slopes: readonly number[]) => number[] {
  const polynomials = chebyshev(count).map((powers, k) => ({
    powers: powers.map((c, n) => c / (n + 1)),
    shares: Array.from({ length: count }, (_, i) => ((k ? 2 : 1) * turn(k * (2 * i + 1), 4 * count)[0]) / count),
  }));
  return (value, slopes) => {
    const out = [value, ...slopes.map(() => 0)];
    for (const { powers, shares } of polynomials) {
      const sum = dot(shares, slopes);
      for (const [n, c] of powers.entries()) out[n + 1] += sum * c;
    }
    return out;
  };
}

/** Value and slope. */
function at(polynomial: readonly number[], y: number): readonly [number, number] {
  let [value, slope] = [0, 0];
  for (let n = polynomial.length - 1; n >= 0; n--) {
    slope = slope * y + value;
    value = value * y + polynomial[n];
  }
  return [value, slope];
}

let made: Vec | undefined;

/** By piece and power, coefficients for all taps. */
export function windowTable(): Vec {
  if (made) return made;
  const [of, out] = [weights(), new Float64Array(PIECES * TERMS * TAPS)];
  const [wholeOf, partOf] = [primitive(WHOLE), primitive(TERMS - 1)];
  const [slopes, places] = [nodes(WHOLE).map(y => of(y, true)), nodes(TERMS - 1)];
  for (const [tap, value] of of(0, false).entries()) {
    const whole = wholeOf(
      value,
      slopes.map(s => s[tap]),
    );
    for (let piece = 0; piece < PIECES; piece++) {
      const middle = (piece + 0.5) / PIECES - 0.5;
      const part = places.map(y => at(whole, middle + y / PIECES)[1] / PIECES);
      for (const [n, c] of partOf(at(whole, middle)[0], part).entries()) out[(piece * TERMS + n) * TAPS + tap] = c;
    }
  }
  made = out;
  return out;
}
