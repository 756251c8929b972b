/**
 * What watches a run: the energy audit, the states asked for, the path for pictures, the spectrum, the events.
 */
import { decodeBranch, decodeVec, encodeBranch, encodeVec } from './checkpoint.js';
import { convergence } from './diagnostics/convergence.js';
import { energyAudit } from './diagnostics/energy.js';
import { FEWEST, freeEnergyAlong } from './diagnostics/entropy.js';
import { saveAt } from './diagnostics/save-at.js';
import { branchAfter, spectrumAlong } from './diagnostics/spectrum.js';
import { logSpace } from './math/vec.js';
import type { RunResult } from './results.js';
import type { Experiment } from './spec.js';
import type { Flow, Problem, Segment, Solver, Vec } from './types.js';

/** Pictures need no more states than this, and states × particles. */
const PICTURE = { states: 240, numbers: 60_000 } as const;
const SPECTRUM_POINTS = 24;
/** Unknowns times numbers of F beyond which products with the Jacobian, 60 for each look, cost more than the run they describe. */
const SPECTRUM_WORK = 1e7;

/** Whether the spectrum of so large a Jacobian is looked at. */
export const spectrumIsCheap = ({ size, particles }: Flow, { feature }: Problem): boolean =>
  size * (feature?.size ?? particles) <= SPECTRUM_WORK;
const ENTROPY_POINTS = 40;

/** Times for pictures: spaced evenly in the logarithm, because a flow slows down. */
export const pictureTimes = (end: number, n: number): number[] =>
  end > 0 ? [0, ...logSpace(end * 1e-4, end, n)] : [0];
/** Each of so many particles is kept whole, again in every checkpoint, and again as text. */
const CROWD = 20_000;
const pathPoints = (m: number): number =>
  Math.max(m > CROWD ? 5 : 20, Math.min(PICTURE.states, Math.floor(PICTURE.numbers / m)));

export interface Progress {
  /** What is being run, when several things are. */
  readonly label?: string;
  readonly t: number;
  readonly end: number;
  readonly h: number;
  readonly energy: number;
  readonly stationarity: number;
  readonly steps: number;
  readonly rejected: number;
  readonly defect: number;
}

/** F is measured so often along a stochastic run, half of the times evenly in t, half in log t. */
const LOOKS = 100;

export function lookTimes(end: number): number[] {
  const even = Array.from({ length: LOOKS / 2 }, (_, k) => ((k + 1) * end) / (LOOKS / 2));
  return [...even, ...logSpace(end * 1e-4, end, LOOKS / 2)].sort((a, b) => a - b);
}

/** What watches a run, and what they saw. */
export function instruments(flow: Flow, y0: Vec, experiment: Experiment, solver: Solver, problem: Problem) {
  const { needs, dynamics, temperature } = solver;
  const stochastic = needs.includes('batch');
  const { end, saveAt: times = [] } = experiment.time;
  const v0 = new Float64Array(flow.size);
  flow.velocityInto(y0, v0);
  const audit = energyAudit(flow, y0, v0, {
    looks: stochastic && end > 0 ? lookTimes(end) : undefined,
    departs: dynamics !== undefined,
  });
  const saved = saveAt(times, flow, y0);
  // Pictures of paths need no F, which may cost more than all the steps between two of them.
  const paths = saveAt(pictureTimes(end, pathPoints(flow.particles)), { energy: () => Number.NaN }, y0);
  const settling = convergence(flow, y0);
  const spectrum = spectrumAlong(spectrumIsCheap(flow, problem) ? pictureTimes(end, SPECTRUM_POINTS) : []);
  const events: RunResult['events'][number][] = [];
  const last = { y: y0, branch: solver.located ? flow.kinks?.branchAt(y0) : undefined, h: 0, steps: 0, rejected: 0 };
  // Particles on two copies of the domain have two laws.
  const free =
    temperature !== undefined && flow.particles >= FEWEST && !problem.copies
      ? freeEnergyAlong(pictureTimes(end, ENTROPY_POINTS), temperature, problem.domain, flow, y0)
      : undefined;
  const observers = [audit, saved, paths, settling, spectrum, ...(free ? [free] : [])];
  const see = (s: Segment) => {
    for (const o of observers) o.see(s, flow);
    for (const e of s.events) events.push({ ...e, ...(flow.kinks?.owner?.(e.kink) ?? { particle: e.kink }) });
    const counts = { steps: last.steps + 1, rejected: last.rejected + s.rejected };
    Object.assign(last, { y: s.y1, branch: branchAfter(s), h: s.t1 - s.t0, ...counts });
  };
  return {
    audit,
    saved,
    paths,
    settling,
    spectrum,
    free,
    events,
    last,
    see,
    stochastic,
    dynamics,
    save: (): Memory => ({
      observers: observers.map(o => o.save()),
      events: [...events],
      last: { ...last, y: encodeVec(last.y), branch: last.branch ? encodeBranch(last.branch) : null },
    }),
    restore(memory: Memory): void {
      for (const [k, o] of observers.entries()) o.restore(memory.observers[k]);
      for (const e of memory.events) events.push(e);
      const { y, branch, ...rest } = memory.last;
      Object.assign(last, rest, { y: decodeVec(y), branch: branch === null ? undefined : decodeBranch(branch) });
    },
  };
}

/** What the instruments have seen, JSON-able. */
export interface Memory {
  readonly observers: readonly unknown[];
  readonly events: RunResult['events'];
  readonly last: { y: string; branch: string | null; h: number; steps: number; rejected: number };
}

export type Instruments = ReturnType<typeof instruments>;

export function progressOf({ audit, last }: Instruments, end: number): Progress {
  const a = audit.current;
  return {
    t: a.t.at(-1) as number,
    end,
    h: last.h,
    energy: a.energy.at(-1) as number,
    stationarity: a.stationarity.at(-1) as number,
    steps: last.steps,
    rejected: last.rejected,
    defect: a.relativeDefect,
  };
}
