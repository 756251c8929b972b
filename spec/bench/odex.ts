/**
 * Peer: the package odex on the same flow, smooth stretch before the first event. Both integrate to the tolerance that brings the state
 * error below the same bound; rounds alternate, medians are compared.
 */
import { deconvolution } from '../../problems/index.js';
import { figure1 } from '../../problems/presets/index.js';
import { dopri5, inclusion, odex } from '../../solvers/index.js';
import { flowOf } from '../../src/flow.js';
import { random } from '../../src/math/random.js';
import { scaledDistance } from '../../src/math/vec.js';
import { num } from '../../src/report/numbers.js';
import { collect } from '../../src/trajectory.js';
import type { Flow, Solver, Vec } from '../../src/types.js';
import { median } from './arithmetic.js';
import type { Row } from './rows.js';

const ROUNDS = 15;
/** Before the first event at that many particles: odex takes smooth stretches only. */
const ENDS = [
  { m: 10, end: 0.02 },
  { m: 100, end: 0.003 },
] as const;
const TOLERANCES = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12];
const BOUNDS = [1e-4, 1e-6, 1e-8];

const { problem: p } = figure1;
const problem = deconvolution({
  order: p.order,
  lambda: p.lambda,
  beta: 1,
  coefficients: Float64Array.from(p.observation.coefficients),
});

interface Entrant {
  readonly name: string;
  readonly solver: Solver;
}
const entrants: readonly Entrant[] = [
  { name: 'inclusion(dopri5)', solver: inclusion(dopri5.stepper) },
  { name: 'odex', solver: odex },
];

function ends(flow: Flow, y0: Vec, end: number, { solver }: Entrant, rtol: number): { y: Vec; evaluations: number } {
  const { segments, outcome } = collect(solver.integrate(flow, y0, { end, rtol, atol: rtol * 1e-2 }));
  if (!outcome.ok) throw new Error(`${solver.name}: ${outcome.message}`);
  return { y: segments.at(-1)?.y1 ?? y0, evaluations: outcome.stats.velocityEvaluations };
}

function milliseconds(work: () => void): number {
  const since = performance.now();
  work();
  return performance.now() - since;
}

/** The loosest tolerance whose end state is within the bound. */
function tuned(flow: Flow, y0: Vec, end: number, entrant: Entrant, exact: Vec, bound: number): number {
  const rtol = TOLERANCES.find(t => scaledDistance(ends(flow, y0, end, entrant, t).y, exact, flow.particles) <= bound);
  if (rtol === undefined) throw new Error(`${entrant.name} does not reach ${bound}`);
  return rtol;
}

export function odexRows(tell: (row: Row) => void): void {
  for (const { m, end } of ENDS) {
    const flow = flowOf(problem, m);
    const y0 = problem.initial.grid.draw(m, random('bench', 'odex'));
    const exact = ends(flow, y0, end, entrants[0], 1e-13).y;
    for (const bound of BOUNDS) {
      const tolerances = entrants.map(e => tuned(flow, y0, end, e, exact, bound));
      const times = entrants.map(() => [] as number[]);
      for (let round = 0; round < ROUNDS; round++)
        for (const [i, e] of entrants.entries())
          times[i].push(milliseconds(() => ends(flow, y0, end, e, tolerances[i])));
      const [ours, theirs] = times.map(median);
      const [a, b] = entrants.map((e, i) => ends(flow, y0, end, e, tolerances[i]).evaluations);
      tell({
        name: `odex m=${m} ${bound.toExponential(0)}`,
        of: 'package odex / inclusion(dopri5)',
        figure: theirs / ours,
        mark: {},
        verdict: '',
        detail: `${num(theirs)} ms, ${num(ours)} ms; ${b} evaluations, ${a}`,
      });
    }
  }
}
