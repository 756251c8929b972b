/** The spectral radius of a right-hand side's Jacobian, from evaluations alone, remembered from step to step. */
import { decodeDoubles, encodeDoubles } from './math/doubles.js';
import { dot } from './math/vec.js';
import type { Linearisation, Rhs, StepMemory, Vec } from './types.js';

const ITERATIONS = 50;
/** The iteration stops when its value moves by less than this share. */
const SETTLED = 0.01;
/** The value approaches the radius from below. */
const SAFETY = 1.2;
/** A radius that changed by more than this share is looked at again in the next step; one that did not, ever more seldom. */
const STEADY = 0.05;
const SELDOM = 25;

export interface RadiusAlong extends StepMemory {
  /** An upper estimate at y, where v = rhs(y); the state's last entry, the dissipation, does not act back and is left out. */
  at(rhs: Rhs, y: Vec, v: Vec): number;
}

/** Moves `direction` to ε·direction/|direction| and returns ε, small beside y; the last entry of y is not looked at. */
function scaled(direction: Vec, y: Vec): number {
  const state = y.subarray(0, y.length - 1);
  const epsilon = Math.sqrt(Number.EPSILON) * Math.max(1, Math.sqrt(dot(state, state)));
  const norm = Math.sqrt(dot(direction, direction));
  for (let i = 0; i < direction.length; i++) direction[i] *= epsilon / norm;
  return epsilon;
}

/** Without a direction from before: one with every coordinate in it. */
const anyDirection = (length: number): Vec =>
  Float64Array.from({ length }, (_, i) => (i === length - 1 ? 0 : Math.sin(1 + 12.9898 * i) + 0.5));

/** The same with a Jacobian at hand, one product per call: a lower bound that has settled after a few steps. */
export interface RadiusByProducts extends StepMemory {
  next(linear: Linearisation): number;
}
export function radiusByProducts(length: number): RadiusByProducts {
  // Many runs never ask.
  let known: Vec | undefined;
  let image = new Float64Array(0);
  return {
    next(linear) {
      const direction = known ?? anyDirection(length);
      known = direction;
      if (image.length < length) image = new Float64Array(length);
      const norm = Math.sqrt(dot(direction, direction));
      linear.timesInto(direction, image);
      image[length - 1] = 0;
      const sigma = Math.sqrt(dot(image, image)) / norm;
      if (!(sigma > 0 && sigma < Number.POSITIVE_INFINITY)) known = undefined;
      else for (let i = 0; i < length; i++) direction[i] = image[i] / (sigma * norm);
      return sigma;
    },
    save: () => encodeDoubles(known ?? anyDirection(length)),
    restore(saved) {
      known = decodeDoubles(saved as string);
    },
  };
}

/**
 * The nonlinear power method (Sommeijer, Shampine & Verwer 1998, §2.3): d ← f(y + εd/|d|) − f(y), started from the last direction.
 * Done again after a rejected step, at every step while the radius changes by more than 5 %, and less and less often when it does not.
 */
export function radiusAlong(length: number): RadiusAlong {
  let direction = anyDirection(length);
  let [radius, age, interval] = [0, 0, 1];
  let last: Vec | undefined;
  const moved = new Float64Array(length);
  const estimate = (rhs: Rhs, y: Vec, v: Vec): number => {
    let sigma = 0;
    for (let k = 0; k < ITERATIONS; k++) {
      const epsilon = scaled(direction, y);
      for (let i = 0; i < length; i++) moved[i] = y[i] + direction[i];
      rhs(moved, direction);
      for (let i = 0; i < length; i++) direction[i] -= v[i];
      direction[length - 1] = 0;
      const before = sigma;
      sigma = Math.sqrt(dot(direction, direction)) / epsilon;
      // A field without slope in this direction, or with no finite one: the next estimate starts from any.
      if (!(sigma > 0 && sigma < Number.POSITIVE_INFINITY)) {
        direction = anyDirection(length);
        return sigma;
      }
      if (Math.abs(sigma - before) <= SETTLED * sigma) break;
    }
    return SAFETY * sigma;
  };
  return {
    at(rhs, y, v) {
      const again = y === last;
      if (!again) age++;
      if (radius > 0 && age < interval && !again) {
        last = y;
        return radius;
      }
      last = y;
      const before = radius;
      radius = estimate(rhs, y, v);
      interval = Math.abs(radius - before) <= STEADY * radius ? Math.min(2 * interval, SELDOM) : 1;
      age = 0;
      return radius;
    },
    save: () => ({ direction: encodeDoubles(direction), radius, age, interval }),
    restore(saved) {
      const s = saved as { direction: string; radius: number; age: number; interval: number };
      direction = decodeDoubles(s.direction);
      ({ radius, age, interval } = s);
    },
  };
}
