/**
 * The supremum of |η| for η(θ) = Σ g_k σ(θ·x_k), σ of slopes `off` and `on`, over directions θ of the plane, exactly: between breakpoints
 * angle(x_k) ± π/2, sorted, η is linear, and its coefficients change by one row at each of them.
 */
import type { Supremum, Vec } from '../types.js';

/** η between two neighbouring breakpoints: ⟨c, θ⟩ for angles in [from, to]. */
interface Arc {
  readonly from: number;
  readonly to: number;
  readonly c: readonly [number, number];
}

interface Switch {
  readonly at: number;
  readonly row: number;
  /** +1 where the unit goes on as the angle grows. */
  readonly way: -1 | 0 | 1;
}

const TURN = 2 * Math.PI;

/** An angle in [0, 2π); a negative one of the size of a rounding would round up to 2π itself. */
const inTurn = (a: number): number => {
  const b = a - TURN * Math.floor(a / TURN);
  return b < TURN ? b : 0;
};

/** The slopes of σ left and right of 0. */
export interface Slopes {
  readonly off: number;
  readonly on: number;
}

function switches(x: Vec): Switch[] {
  const found: Switch[] = [];
  for (let k = 0; 2 * k < x.length; k++) {
    if (x[2 * k] === 0 && x[2 * k + 1] === 0) continue;
    const angle = Math.atan2(x[2 * k + 1], x[2 * k]);
    found.push({ at: inTurn(angle - Math.PI / 2), row: k, way: 1 });
    found.push({ at: inTurn(angle + Math.PI / 2), row: k, way: -1 });
  }
  return found;
}

/** All arcs once around. @param x rows of two numbers @param corners further angles at which arcs end */
function arcs(g: Vec, x: Vec, { off, on }: Slopes, corners: readonly number[]): Arc[] {
  const ends = [...switches(x), ...corners.map(at => ({ at, row: 0, way: 0 as const }))].sort((a, b) => a.at - b.at);
  let [a, b] = [0, 0];
  const add = (row: number, share: number) => {
    a += share * g[row] * x[2 * row];
    b += share * g[row] * x[2 * row + 1];
  };
  // Just before the angle 0: units on there switch off before they switch on again.
  const first = new Map<number, number>();
  for (const { row, way } of ends) if (way !== 0 && !first.has(row)) first.set(row, way);
  for (const [row, way] of first) add(row, way < 0 ? on : off);
  return ends.map(({ at, row, way }, j) => {
    add(row, way * (on - off));
    return { from: at, to: j + 1 < ends.length ? ends[j + 1].at : ends[0].at + TURN, c: [a, b] as const };
  });
}

/** η at a direction, without the sums along the arcs. */
function valueAt(g: Vec, x: Vec, { off, on }: Slopes, [p, q]: readonly [number, number]): number {
  let sum = 0;
  for (let k = 0; k < g.length; k++) {
    const z = p * x[2 * k] + q * x[2 * k + 1];
    sum += g[k] * (z > 0 ? on : off) * z;
  }
  return sum;
}

interface Candidate {
  readonly angle: number;
  readonly value: number;
}

/** @param size what the length of a direction is measured in */
function best(found: readonly Arc[], inside: boolean, size: (angle: number) => number): Candidate {
  let top: Candidate = { angle: 0, value: 0 };
  for (const { from, to, c } of found) {
    const along = Math.atan2(c[1], c[0]);
    const turned = inside ? [along, along + Math.PI].map(a => from + inTurn(a - from)).filter(a => a <= to) : [];
    for (const angle of [from, to, ...turned]) {
      const value = Math.abs(c[0] * Math.cos(angle) + c[1] * Math.sin(angle)) / size(angle);
      if (!(value <= top.value)) top = { angle, value };
    }
  }
  return top;
}

function supremumOf(g: Vec, x: Vec, slopes: Slopes, size: (angle: number) => number, top: Candidate): Supremum {
  const length = size(top.angle);
  const at = [Math.cos(top.angle) / length, Math.sin(top.angle) / length] as const;
  const value = Math.abs(valueAt(g, x, slopes, at));
  return {
    value,
    upper: Math.max(value, top.value),
    at: Float64Array.from(at),
    proof: Number.isFinite(top.value),
    method: 'sorted breakpoints, η linear between them',
  };
}

/** Over |θ| = 1. @param x rows of two numbers */
export function circleSupremum(g: Vec, x: Vec, slopes: Slopes): Supremum {
  const size = () => 1;
  return supremumOf(g, x, slopes, size, best(arcs(g, x, slopes, [0]), true, size));
}

/** Over |θ₁| + |θ₂| = 1: linear along the sides, so that breakpoints and corners suffice. @param x rows of two numbers */
export function diamondSupremum(g: Vec, x: Vec, slopes: Slopes): Supremum {
  const size = (angle: number) => Math.abs(Math.cos(angle)) + Math.abs(Math.sin(angle));
  const corners = [0, 1, 2, 3].map(k => (k * Math.PI) / 2);
  return supremumOf(g, x, slopes, size, best(arcs(g, x, slopes, corners), false, size));
}
