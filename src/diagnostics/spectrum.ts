import { decodeInto, encodeDoubles } from '../math/doubles.js';
import { extremeEigenvalues, spectralRadius } from '../math/spectrum.js';
import type { Branch, Flow, Observer, Segment, Vec } from '../types.js';

export interface SpectrumAlong {
  readonly t: number[];
  readonly radius: number[];
  /** The largest eigenvalue of m∇²F, the sharpness: of steps that descend only positive curvature is felt as instability. */
  readonly sharpness: number[];
}

/** Spectral radius of the velocity's Jacobian on the active coordinates; null when the problem has no second derivatives. */
export function activeRadius(flow: Flow, y: Vec, branch?: Branch): number | null {
  const times = flow.hessianTimesInto?.bind(flow);
  if (!times) return null;
  return spectralRadius((x, out) => times(y, x, out, branch), flow.size);
}

/** The same, and the largest eigenvalue of minus the Jacobian. */
export function activeSharpness(flow: Flow, y: Vec, branch?: Branch): { radius: number; sharpness: number } | null {
  const times = flow.hessianTimesInto?.bind(flow);
  if (!times) return null;
  const [smallest, largest] = extremeEigenvalues((x, out) => times(y, x, out, branch), flow.size);
  return { radius: Math.max(Math.abs(smallest), Math.abs(largest)), sharpness: largest };
}

/** The branch on which the run goes on after a segment: events at its end have happened. */
export function branchAfter({ branch, events }: Segment): Branch | undefined {
  if (!branch || events.length === 0) return branch;
  const after = branch.slice();
  for (const e of events) after[e.kink] = e.to;
  return after;
}

/** ρ at the end of the first segment that reaches each of the given times. */
export function spectrumAlong(times: readonly number[]): Observer<SpectrumAlong> {
  const along: SpectrumAlong = { t: [], radius: [], sharpness: [] };
  let next = 0;
  return {
    name: 'spectrum',
    see(s: Segment, flow: Flow) {
      if (next >= times.length || times[next] > s.t1) return;
      while (next < times.length && times[next] <= s.t1) next++;
      const found = activeSharpness(flow, s.y1, branchAfter(s) ?? flow.kinks?.branchAt(s.y1));
      if (found === null) return;
      along.t.push(s.t1);
      along.radius.push(found.radius);
      along.sharpness.push(found.sharpness);
    },
    finish: () => along,
    save: () => ({
      t: encodeDoubles(along.t),
      radius: encodeDoubles(along.radius),
      sharpness: encodeDoubles(along.sharpness),
      next,
    }),
    restore(saved) {
      const s = saved as { t: string; radius: string; sharpness: string; next: number };
      decodeInto(s.t, along.t);
      decodeInto(s.radius, along.radius);
      decodeInto(s.sharpness, along.sharpness);
      next = s.next;
    },
  };
}
