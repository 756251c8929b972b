import type { Dense, Rhs, Vec } from './types.js';

/** The right-hand side at the end of a step, evaluated when it is first asked for: a rejected step needs none. out: its place */
export function endVelocity(rhs: Rhs, y1: Vec, out: Vec): () => Vec {
  let asked = false;
  return () => {
    if (!asked) rhs(y1, out);
    asked = true;
    return out;
  };
}

/** The straight line from y0 to y1. */
export function linear(y0: Vec, y1: Vec): Dense {
  return (theta, out) => {
    for (let i = 0; i < y0.length; i++) out[i] = theta === 1 ? y1[i] : y0[i] + theta * (y1[i] - y0[i]);
  };
}

/** Cubic Hermite interpolation over a step of length h (Hairer, Nørsett & Wanner I (1993), II.6 eq. (6.7)). */
export function hermite(y0: Vec, v0: Vec, y1: Vec, v1: Vec, h: number): Dense {
  return (theta, out) => {
    const other = 1 - theta;
    for (let i = 0; i < y0.length; i++) {
      const rise = y1[i] - y0[i];
      const bend = (1 - 2 * theta) * rise + other * -h * v0[i] + theta * h * v1[i];
      out[i] = theta === 1 ? y1[i] : other * y0[i] + theta * y1[i] + theta * (theta - 1) * bend;
    }
  };
}
