/**
 * Whole flows between events, where they are ordinary differential equations: Figures 1 and 2 of Chizat & Bach (2018) with m = 100, as
 * files that servers in any language read.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deconvolution, reluPopulation } from '../../problems/index.js';
import { figure1, reluPlane } from '../../problems/presets/index.js';
import * as solvers from '../../solvers/index.js';
import { flowOf } from '../../src/flow.js';
import { random } from '../../src/math/random.js';
import { scaledDistance } from '../../src/math/vec.js';
import type { Flow, Problem, Segment, Solver, Vec } from '../../src/types.js';
import type { Timed } from './server.js';

/** Figure 1 before its first event, its longest stretches, and Figure 2, which has no events. */
export const FIGURES = ['figure-1-start', 'figure-1', 'figure-2'] as const;
export type FigureName = (typeof FIGURES)[number];

const M = 100;
/** Of the longest stretches, so many; and what is left of each at either end, for both sides to begin and end within it. */
const LONGEST = 5;
const MARGIN = 0.01;
/** Where Figure 2 is left: a run takes a second or so. */
const END = 3;
const TIGHT = { rtol: 1e-13, atol: 1e-15, audited: false } as const;

/** Ours that are compared; each integrates the state alone, as those of scipy do. */
export const METHODS: Readonly<Record<string, Solver>> = {
  dopri5: solvers.inclusion(solvers.dopri5.stepper),
  tsit5: solvers.inclusion(solvers.tsit5.stepper),
  dop853: solvers.inclusion(solvers.dop853.stepper),
  rodas5p: solvers.rodas5p,
  auto: solvers.auto,
};

interface Stretch {
  readonly start: readonly number[];
  /** −1, 0 or 1 for each particle, where V has kinks. */
  readonly branch: readonly number[] | null;
  readonly length: number;
  readonly exact: readonly number[];
}

export interface Stretches {
  readonly figure: FigureName;
  readonly problem: object;
  readonly m: number;
  readonly stretches: readonly Stretch[];
}

/** The problem with what python needs of it. */
function figureOf(name: FigureName): { problem: Problem; data: object; y0: Vec } {
  if (name !== 'figure-2') {
    const { order, lambda, penalty, observation } = figure1.problem;
    const data = { order, lambda, beta: penalty.beta, coefficients: [...observation.coefficients] };
    const problem = deconvolution({ ...data, coefficients: Float64Array.from(data.coefficients) });
    return { problem, data, y0: problem.initial.grid.draw(M, random('bench', name)) };
  }
  const { weights, directions } = reluPlane.problem.teacher;
  const data = { weights: [...weights], directions: directions.map(d => [...d]) };
  const problem = reluPopulation(data);
  return { problem, data, y0: problem.initial.sphere.draw(M, random('bench', name), reluPlane.particles.scale) };
}

interface Leg {
  readonly from: number;
  readonly to: number;
  readonly start: Vec;
  readonly branch: readonly number[] | null;
}

/** What is between events, by a method that locates them. */
function legsOf(problem: Problem, y0: Vec, end: number): Leg[] {
  const segments: Segment[] = [];
  const run = solvers.rodas5p.integrate(flowOf(problem, M), y0, { end, rtol: 1e-10, events: 'located' });
  for (let next = run.next(); !next.done; next = run.next()) segments.push(next.value);
  const cuts = [0, ...segments.filter(s => s.events.length > 0).map(s => s.t1), end];
  const at = (t: number) => segments.find(s => s.t1 >= t) ?? segments[segments.length - 1];
  return cuts.slice(1).map((cut, i) => {
    const margin = MARGIN * (cut - cuts[i]);
    const s = at(cuts[i] + margin);
    const start = s.at(cuts[i] + margin, new Float64Array(y0.length));
    return { from: cuts[i] + margin, to: cut - margin, start, branch: s.branch ? Array.from(s.branch) : null };
  });
}

function chosenLegs(name: FigureName, problem: Problem, y0: Vec): Leg[] {
  if (name === 'figure-2') return [{ from: 0, to: END, start: y0, branch: null }];
  const legs = legsOf(problem, y0, figure1.time.end);
  if (name === 'figure-1-start') return legs.slice(0, 1);
  return legs.sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, LONGEST);
}

function last(solver: Solver, flow: Flow, y0: Vec, options: Parameters<Solver['integrate']>[2]) {
  const run = solver.integrate(flow, y0, { ...options, reuse: true });
  const y = y0.slice();
  for (;;) {
    const next = run.next();
    if (!next.done) y.set(next.value.y1);
    else if (next.value.ok) return { y, evaluations: next.value.stats.velocityEvaluations };
    else throw new Error(`${solver.name}: ${next.value.message}`);
  }
}

export const stretchesFile = (folder: string, name: FigureName): string => join(folder, `${name}.json`);

export function writeStretches(folder: string, name: FigureName): void {
  const { problem, data, y0 } = figureOf(name);
  const stretches = chosenLegs(name, problem, y0).map(({ from, to, start, branch }): Stretch => {
    const exact = last(METHODS.dop853, flowOf(problem, M), start, { end: to - from, ...TIGHT }).y;
    return { start: Array.from(start), branch, length: to - from, exact: Array.from(exact) };
  });
  const whole: Stretches = { figure: name, problem: data, m: M, stretches };
  writeFileSync(stretchesFile(folder, name), JSON.stringify(whole));
}

export interface FlowQuestion {
  readonly file: string;
  readonly method: string;
  readonly rtol: number;
  readonly ms: number;
  /** Milliseconds. */
  readonly limit: number;
}

export interface FlowRun extends Timed {
  /** |u − exact|_m at the ends, the largest; null where a run did not arrive. */
  readonly error: number | null;
  readonly evaluations: number;
}

/** What stays open between questions. */
export interface Opened {
  readonly flow: Flow;
  readonly legs: readonly { readonly y0: Vec; readonly end: number; readonly exact: Vec }[];
}

function opened(file: string): Opened {
  const { figure, m, stretches }: Stretches = JSON.parse(readFileSync(file, 'utf8'));
  return {
    flow: flowOf(figureOf(figure).problem, m),
    legs: stretches.map(s => ({
      y0: Float64Array.from(s.start),
      end: s.length,
      exact: Float64Array.from(s.exact),
    })),
  };
}

/** All stretches, one after the other; timed for so many milliseconds, or once; given up where one takes longer than the limit. */
export function flowRun(
  known: Map<string, Opened>,
  { file, method, rtol, ms, limit }: FlowQuestion,
  timed: (call: () => void, milliseconds: number) => Timed,
): FlowRun {
  const { flow, legs } = known.get(file) ?? opened(file);
  known.set(file, { flow, legs });
  const options = { rtol, atol: rtol * 1e-2, audited: false, events: 'located', maxSeconds: limit / 1e3 } as const;
  let [error, evaluations] = [0, 0];
  const once = () => {
    [error, evaluations] = [0, 0];
    for (const { y0, end, exact } of legs) {
      const found = last(METHODS[method], flow, y0, { end, ...options });
      error = Math.max(error, scaledDistance(found.y, exact, flow.particles));
      evaluations += found.evaluations;
    }
  };
  try {
    return { ...timed(once, ms), error, evaluations };
  } catch {
    return { ms: Number.NaN, min: Number.NaN, error: null, evaluations };
  }
}
