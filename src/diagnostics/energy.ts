import { squaredSpeed } from '../math/vec.js';
import type { Flow, Observer, Segment, Vec } from '../types.js';

/** F and ∫|u′|²_m along accepted steps, and how well F(t) + ∫|u′|²_m = F(0) holds (Chizat & Bach 2018, Proposition 2.3). */
export interface EnergyAudit {
  readonly t: number[];
  readonly energy: number[];
  readonly dissipation: number[];
  /** |u′|_m. */
  readonly stationarity: number[];
  /** max |F + ∫|u′|² − F(0)| / |F(0)|. */
  relativeDefect: number;
  rises: number;
  largestRise: number;
}

/** F rounds to about this share of its size, so a rise below it is no rise. */
const ROUNDING = 16 * Number.EPSILON;

/** @returns the observer; `current` is the audit so far. */
export function energyAudit(flow: Flow, y0: Vec, v0: Vec): Observer<EnergyAudit> & { readonly current: EnergyAudit } {
  const start = flow.energy(y0);
  const scale = Math.abs(start) > 0 ? Math.abs(start) : 1;
  const audit: EnergyAudit = {
    t: [0],
    energy: [start],
    dissipation: [0],
    stationarity: [Math.sqrt(squaredSpeed(flow, y0, v0))],
    relativeDefect: 0,
    rises: 0,
    largestRise: 0,
  };
  let last = start;
  return {
    name: 'energy',
    see(s: Segment) {
      const energy = flow.energy(s.y1);
      audit.t.push(s.t1);
      audit.energy.push(energy);
      audit.dissipation.push(s.dissipation1);
      audit.stationarity.push(Math.sqrt(squaredSpeed(flow, s.y1, s.v1)));
      const defect = Math.abs(energy + s.dissipation1 - start) / scale;
      // Written so that a NaN is kept, not skipped.
      if (!(defect <= audit.relativeDefect)) audit.relativeDefect = defect;
      const rise = energy - last;
      if (!(rise <= ROUNDING * Math.max(scale, Math.abs(last)))) {
        audit.rises++;
        if (!(rise <= audit.largestRise)) audit.largestRise = rise;
      }
      last = energy;
    },
    current: audit,
    finish: () => audit,
  };
}
