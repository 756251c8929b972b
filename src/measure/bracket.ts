/** F* from both sides: by what any of several clouds attains, and by the best dual value to be had of them. */
import { certify } from '../diagnostics/certificate.js';
import type { Bracket } from '../limit-results.js';
import type { Problem, Vec } from '../types.js';
import { finiteMinimum } from './finite.js';
import { polish } from './polish.js';

export interface Cloud {
  readonly y: Vec;
  readonly particles: number;
  readonly energy: number;
}

/** Lower bounds that a cloud gives: its own dual value, and that of its polished spikes. */
function boundsFrom(problem: Problem, { y, particles, energy }: Cloud): Bracket[] {
  const c = certify(problem, y, particles, energy);
  const own: Bracket = { lower: c.dual, upper: energy, proof: c.proof, source: c.method };
  const found = polish(problem, y, particles);
  if (!found) return [own];
  return [own, { lower: found.lower, upper: found.upper, proof: c.proof, source: 'the polished minimiser' }];
}

/** Everything known of F*: the problem's own knowledge, a finite problem of the same minimum, the clouds. */
export function bracketOf(problem: Problem, clouds: readonly Cloud[]): Bracket {
  const { known } = problem;
  const finite = finiteMinimum(problem);
  const all: Bracket[] = [
    ...(known?.minimum === undefined
      ? []
      : [{ lower: known.minimum, upper: known.minimum, proof: true, source: `closed form, ${known.source}` }]),
    ...(finite ? [{ ...finite, proof: true, source: 'a lasso over the finitely many units that can be needed' }] : []),
    ...clouds.filter(c => Number.isFinite(c.energy)).flatMap(c => boundsFrom(problem, c)),
  ];
  const upper = all.reduce((low, b) => Math.min(low, b.upper), Number.POSITIVE_INFINITY);
  // Proven ones come first.
  const best = all
    .filter(b => !Number.isNaN(b.lower))
    .sort((a, b) => Number(b.proof) - Number(a.proof) || b.lower - a.lower)[0];
  if (!best || best.lower === Number.NEGATIVE_INFINITY)
    return { lower: upper, upper, proof: false, source: 'the least F found, which bounds nothing' };
  // Rounding may put what is attained a few units below.
  return { ...best, lower: Math.min(best.lower, upper), upper };
}
