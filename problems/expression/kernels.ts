/** Loops over a block of rows. Each operand has a first index and a stride, 0 for a number that is the same in all rows. */
import type { Branch, Vec } from '../../src/types.js';
import type { UnaryName } from './formula.js';
import { unary } from './functions.js';

export type Binary = (n: number, out: Vec, a: Vec, ao: number, as: number, b: Vec, bo: number, bs: number) => void;

/** A loop for each pair of strides, chosen when a formula is compiled: a stride that is looked up costs as much as the operation. */
interface Loops {
  readonly rows: Binary;
  /** b is one number. */
  readonly left: Binary;
  /** a is. */
  readonly right: Binary;
}

const add: Loops = {
  rows(n, out, a, ao, _as, b, bo) {
    for (let i = 0; i < n; i++) out[i] = a[ao + i] + b[bo + i];
  },
  left(n, out, a, ao, _as, b, bo) {
    const y = b[bo];
    for (let i = 0; i < n; i++) out[i] = a[ao + i] + y;
  },
  right(n, out, a, ao, _as, b, bo) {
    const x = a[ao];
    for (let i = 0; i < n; i++) out[i] = x + b[bo + i];
  },
};
const sub: Loops = {
  rows(n, out, a, ao, _as, b, bo) {
    for (let i = 0; i < n; i++) out[i] = a[ao + i] - b[bo + i];
  },
  left(n, out, a, ao, _as, b, bo) {
    const y = b[bo];
    for (let i = 0; i < n; i++) out[i] = a[ao + i] - y;
  },
  right(n, out, a, ao, _as, b, bo) {
    const x = a[ao];
    for (let i = 0; i < n; i++) out[i] = x - b[bo + i];
  },
};
const mul: Loops = {
  rows(n, out, a, ao, _as, b, bo) {
    for (let i = 0; i < n; i++) out[i] = a[ao + i] * b[bo + i];
  },
  left(n, out, a, ao, _as, b, bo) {
    const y = b[bo];
    for (let i = 0; i < n; i++) out[i] = a[ao + i] * y;
  },
  right(n, out, a, ao, _as, b, bo) {
    const x = a[ao];
    for (let i = 0; i < n; i++) out[i] = x * b[bo + i];
  },
};
const div: Loops = {
  rows(n, out, a, ao, _as, b, bo) {
    for (let i = 0; i < n; i++) out[i] = a[ao + i] / b[bo + i];
  },
  left(n, out, a, ao, _as, b, bo) {
    const y = b[bo];
    for (let i = 0; i < n; i++) out[i] = a[ao + i] / y;
  },
  right(n, out, a, ao, _as, b, bo) {
    const x = a[ao];
    for (let i = 0; i < n; i++) out[i] = x / b[bo + i];
  },
};

/** Of derivatives: 0 passes nothing on, whatever b is. */
const chain: Loops = {
  rows(n, out, a, ao, _as, b, bo) {
    for (let i = 0; i < n; i++) {
      const g = a[ao + i];
      out[i] = g === 0 ? 0 : g * b[bo + i];
    }
  },
  left(n, out, a, ao, _as, b, bo) {
    const y = b[bo];
    for (let i = 0; i < n; i++) {
      const g = a[ao + i];
      out[i] = g === 0 ? 0 : g * y;
    }
  },
  right(n, out, a, ao, as, b, bo, bs) {
    if (a[ao] === 0) out.fill(0, 0, n);
    else mul.right(n, out, a, ao, as, b, bo, bs);
  },
};

const pow: Binary = (n, out, a, ao, as, b, bo, bs) => {
  for (let i = 0; i < n; i++) out[i] = a[ao + i * as] ** b[bo + i * bs];
};

const loops = { add, sub, mul, div, chain } as const;

/** The loop for operands of these strides. */
export function binary(op: keyof typeof loops | 'pow', as: 0 | 1, bs: 0 | 1): Binary {
  if (op === 'pow') return pow;
  const { rows, left, right } = loops[op];
  if (as === 1) return bs === 1 ? rows : left;
  // Two numbers are one row.
  return right;
}

export type Loop = (n: number, out: Vec, a: Vec, ao: number, as: number) => void;

export function negate(n: number, out: Vec, a: Vec, ao: number, as: number): void {
  for (let i = 0; i < n; i++) out[i] = -a[ao + i * as];
}

// Loops of their own: called from a common one, each function would take its number from the heap and put its value there.
export const mapped: Readonly<Record<UnaryName, Loop>> = {
  atan(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = Math.atan(a[ao + i * as]);
  },
  cos(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = Math.cos(a[ao + i * as]);
  },
  cosh(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = Math.cosh(a[ao + i * as]);
  },
  exp(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = Math.exp(a[ao + i * as]);
  },
  expm1(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = Math.expm1(a[ao + i * as]);
  },
  log(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = Math.log(a[ao + i * as]);
  },
  log1p(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = Math.log1p(a[ao + i * as]);
  },
  sin(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = Math.sin(a[ao + i * as]);
  },
  sinh(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = Math.sinh(a[ao + i * as]);
  },
  sqrt(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = Math.sqrt(a[ao + i * as]);
  },
  tan(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = Math.tan(a[ao + i * as]);
  },
  tanh(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = Math.tanh(a[ao + i * as]);
  },
  inverse(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = unary.inverse.value(a[ao + i * as]);
  },
  sigmoid(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = unary.sigmoid.value(a[ao + i * as]);
  },
  softplus(n, out, a, ao, as) {
    for (let i = 0; i < n; i++) out[i] = unary.softplus.value(a[ao + i * as]);
  },
};

/** Sides −1, 0, +1 from signs. */
export function signs(n: number, out: Vec, s: Vec, so: number, ss: number): void {
  for (let i = 0; i < n; i++) {
    const x = s[so + i * ss];
    out[i] = x > 0 ? 1 : x < 0 ? -1 : x;
  }
}

/** Sides from a pattern. */
export function sides(n: number, out: Vec, pattern: Branch, po: number, ps: number): void {
  for (let i = 0; i < n; i++) out[i] = pattern[po + i * ps];
}

/** out holds sides; a where they are positive, else b. */
export function choose(n: number, out: Vec, a: Vec, ao: number, as: number, b: Vec, bo: number, bs: number): void {
  for (let i = 0; i < n; i++) out[i] = out[i] > 0 ? a[ao + i * as] : b[bo + i * bs];
}
