/** Whether weights and particles at rest surely met no kink of V = β|w| within a step, from what its stages and ends have shown. */
import type { Stride, Vec } from './types.js';

/** Of moving particles: so much less than the others a control point may be, for what a cubic leaves out. */
const ROUND = 4;
/** Of particles at rest: a margin must be so many times as large as a parabola could dip unseen. */
const SAFE = 1.5;

/**
 * Margins of particles at rest, seen at both ends and at the stages. A parabola that changes by v over a step bends by at most 8v, and by
 * some 2v where it is lowest at an end; between two looks that lie a share g of the step apart it dips by g²/8 of that below them.
 */
export function staysAtRest(
  { branch, gap, margins0, margins1 }: Stride,
  offset: number,
  weight: number,
  pulls: Vec,
): boolean {
  const dip = SAFE * gap * gap;
  for (let i = 0; i < pulls.length; i++) {
    const k = offset + i;
    if (branch[k] !== 0) continue;
    const from = margins0[k];
    const to = margins1[k];
    const seen = weight - pulls[i];
    const end = Math.min(from, to);
    const lowest = Math.min(end, seen);
    const change = Math.max(from, to) - lowest;
    if (!(lowest > 0 && lowest > (seen < end ? dip : dip / 4) * change)) return false;
  }
  return true;
}

/**
 * A weight and its slope are known at both ends: a cubic, positive where its four control points are (Farin 2002, §4.2). Those at the ends
 * are exact, however small.
 */
export function keepsItsSide(step: Stride, offset: number, dim: number, coordinate: number): boolean {
  const { h, branch, margins0, margins1, v0 } = step;
  const passes = (v: Vec, end: Vec, ahead: number): boolean => {
    for (let i = 0, j = coordinate; j < v.length; i++, j += dim) {
      const k = offset + i;
      const b = branch[k];
      if (b === 0) continue;
      const from = margins0[k];
      const to = margins1[k];
      const inner = ROUND * (end[k] + ahead * b * v[j]);
      if (!(from > 0 && to > 0 && inner > from && inner > to)) return false;
    }
    return true;
  };
  return passes(v0, margins0, h / 3) && passes(step.v1(), margins1, -h / 3);
}
