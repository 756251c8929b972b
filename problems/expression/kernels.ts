/** Loops over a block of rows. Each operand has a first index and a stride, 0 for a number that is the same in all rows. */
import type { Branch, Vec } from '../../src/types.js';

export type Binary = (n: number, out: Vec, a: Vec, ao: number, as: number, b: Vec, bo: number, bs: number) => void;

export const binary: Readonly<Record<'add' | 'sub' | 'mul' | 'div' | 'pow' | 'chain', Binary>> = {
  add(n, out, a, ao, as, b, bo, bs) {
    for (let i = 0; i < n; i++) out[i] = a[ao + i * as] + b[bo + i * bs];
  },
  sub(n, out, a, ao, as, b, bo, bs) {
    for (let i = 0; i < n; i++) out[i] = a[ao + i * as] - b[bo + i * bs];
  },
  mul(n, out, a, ao, as, b, bo, bs) {
    for (let i = 0; i < n; i++) out[i] = a[ao + i * as] * b[bo + i * bs];
  },
  div(n, out, a, ao, as, b, bo, bs) {
    for (let i = 0; i < n; i++) out[i] = a[ao + i * as] / b[bo + i * bs];
  },
  pow(n, out, a, ao, as, b, bo, bs) {
    for (let i = 0; i < n; i++) out[i] = a[ao + i * as] ** b[bo + i * bs];
  },
  chain(n, out, a, ao, as, b, bo, bs) {
    for (let i = 0; i < n; i++) {
      const g = a[ao + i * as];
      out[i] = g === 0 ? 0 : g * b[bo + i * bs];
    }
  },
};

export function negate(n: number, out: Vec, a: Vec, ao: number, as: number): void {
  for (let i = 0; i < n; i++) out[i] = -a[ao + i * as];
}

/** A loop of its own where the call inside would cost as much as the function. */
export function exponential(n: number, out: Vec, a: Vec, ao: number, as: number): void {
  for (let i = 0; i < n; i++) out[i] = Math.exp(a[ao + i * as]);
}

export const mapped =
  (of: (x: number) => number) =>
  (n: number, out: Vec, a: Vec, ao: number, as: number): void => {
    for (let i = 0; i < n; i++) out[i] = of(a[ao + i * as]);
  };

/** Sides −1, 0, +1 from signs. */
export function signs(n: number, out: Vec, s: Vec, so: number, ss: number): void {
  for (let i = 0; i < n; i++) out[i] = Math.sign(s[so + i * ss]);
}

/** Sides from a pattern. */
export function sides(n: number, out: Vec, pattern: Branch, po: number, ps: number): void {
  for (let i = 0; i < n; i++) out[i] = pattern[po + i * ps];
}

/** out holds sides; a where they are positive, else b. */
export function choose(n: number, out: Vec, a: Vec, ao: number, as: number, b: Vec, bo: number, bs: number): void {
  for (let i = 0; i < n; i++) out[i] = out[i] > 0 ? a[ao + i * as] : b[bo + i * bs];
}
