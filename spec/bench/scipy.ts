/**
 * `node dist/spec/bench/scipy.js [CASE …]`: evaluations of the velocity for the same error, ours against the fewest of scipy's RK45,
 * DOP853, LSODA, Radau and BDF inside an event driver (scipy_flows.py), on the reference trajectories. Exit 1 where scipy needs fewer;
 * skipped where python3 has no scipy. Jacobians and factorisations cost nothing here, on either side.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as solvers from '../../solvers/index.js';
import { flowOf } from '../../src/flow.js';
import { logSpace, scaledDistance } from '../../src/math/vec.js';
import type { Flow, Problem, Solver, Vec } from '../../src/types.js';
import { cheapest } from '../../src/work-precision.js';
import {
  displacement,
  packageRoot,
  problemOf,
  type Reference,
  reference,
  startOf,
  stateAt,
} from '../truth/reference.js';

const CASES = [
  ...['weak', 'strong'].flatMap(stiffness => [6, 10, 100].map(m => `deconv-${stiffness}-m${m}`)),
  'deconv-cross-m12',
  'sigmoid-m12',
  'relu-gauss-m8',
  'relu-classic-m6',
  'relu-sqsign-m8',
  'lowrank-m12',
  'quadratic-m5',
] as const;
/** With ∫|u′|² in the error test, as runs have it, and with the state alone, which is all that scipy integrates. */
const AUDITED = [true, false];
/** Two rungs per decade, the same for both. */
const TOLERANCES = logSpace(1e-2, 1e-10, 17);
/** Errors at which evaluations are compared. */
const LEVELS = [1e-4, 1e-6];
/** An error this far below the smallest level has all points between which that level may lie behind it. */
const ENOUGH = 0.01;
/** Evaluations of a single run, of ours and of scipy's; a run of scipy that wants ten times our fewest has lost already. */
const BUDGET = { ours: 5_000, theirs: { least: 5_000, times: 10 } } as const;
/** The driver around scipy is right: at some tolerance of at most 1e-8 one of its methods comes as near to the reference as this. */
const CONVERGED = 1e-7;
const script = fileURLToPath(new URL('spec/bench/scipy_flows.py', packageRoot));

/** One run: what it cost, and its error as a share of the displacement. */
interface Point {
  readonly method: string;
  readonly tolerance: number;
  readonly evaluations: number;
  readonly error: number;
  readonly outcome: { readonly ok: boolean };
}

/** The rows of scipy_flows.py. */
interface Row {
  readonly method: string;
  readonly restart: string;
  readonly tol: number;
  readonly nfev: number;
  readonly error: number | null;
  readonly outcome: string;
}

const python = (...args: readonly string[]) =>
  spawnSync('python3', args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
  });

function scipys(name: string, budget: number): Point[] {
  const rungs = TOLERANCES.join(',');
  const { status, stdout, stderr } = python(script, '--budget', String(budget), '--tolerances', rungs, name);
  if (status !== 0) throw new Error(`scipy_flows.py ${name} ended with ${status}: ${stderr}`);
  const rows = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Row);
  return rows.map(({ method, restart, tol, nfev, error, outcome }) => ({
    method: restart === 'last' ? `${method}, last step` : method,
    tolerance: tol,
    evaluations: nfev,
    error: error ?? Number.NaN,
    outcome: { ok: outcome === 'end' },
  }));
}

/** Every one-step method of the registry that adapts its steps, and `auto`: with kinks located. */
const registered: readonly Solver[] = Object.values(solvers).flatMap(s =>
  typeof s === 'object' && s.stepper && !s.fixedStep ? [s.located ? s : solvers.inclusion(s.stepper)] : [],
);

/** Errors at the times of the reference that a run has passed. */
function errorsAlong(r: Reference, flow: Flow, run: ReturnType<Solver['integrate']>) {
  const errors: number[] = [];
  const y = new Float64Array(flow.size);
  for (;;) {
    const next = run.next();
    if (next.done) return { errors, outcome: next.value };
    for (; r.times[errors.length] <= next.value.t1; )
      errors.push(scaledDistance(next.value.at(r.times[errors.length], y), stateAt(r, errors.length), r.m));
  }
}

/** The flow, and how often its velocity was asked for. */
function counting(flow: Flow): { flow: Flow; count(): number } {
  let count = 0;
  const velocityInto: Flow['velocityInto'] = (y: Vec, out: Vec, branch) => {
    count++;
    flow.velocityInto(y, out, branch);
  };
  return { flow: { ...flow, velocityInto }, count: () => count };
}

/** The quadratic problem with the second derivatives it does not say: Φ is linear, R′ affine, V′ linear; scipy is given them too. */
function twiceDifferentiable(problem: Problem): Problem {
  const { feature, loss, penalty } = problem;
  if (problem.name !== 'quadratic' || !feature || !loss || !penalty) return problem;
  return {
    ...problem,
    feature: {
      ...feature,
      pushforwardInto: (_y, m, x, out) => feature.sumInto(x, m, out),
      curvatureInto: (_y, _m, _g, _x, out) => void out.fill(0),
    },
    loss: {
      ...loss,
      hessianTimesInto(_f, x, out) {
        const rest = new Float64Array(x.length);
        loss.gradientInto(new Float64Array(x.length), rest);
        loss.gradientInto(x, out);
        for (let k = 0; k < x.length; k++) out[k] -= rest[k];
      },
    },
    penalty: {
      ...penalty,
      curvatureInto(_y, m, x, out) {
        out.fill(0);
        penalty.minNormInto(x, m, out);
        for (let k = 0; k < out.length; k++) out[k] = -out[k];
      },
    },
  };
}

function ours(r: Reference, solver: Solver, rtol: number, audited: boolean): Point {
  const { flow, count } = counting(flowOf(twiceDifferentiable(problemOf(r)), r.m));
  const signal = {
    get aborted() {
      return count() > BUDGET.ours;
    },
  };
  const options = { end: r.times[r.times.length - 1], rtol, audited, signal };
  const { errors, outcome } = errorsAlong(r, flow, solver.integrate(flow, startOf(r), options));
  const ok = outcome.code === 'end' && errors.length === r.times.length;
  const error = ok ? Math.max(...errors) / displacement(r) : Number.NaN;
  const { velocityEvaluations: evaluations } = outcome.stats;
  return {
    method: audited ? solver.name : `${solver.name}, state`,
    tolerance: rtol,
    evaluations,
    error,
    outcome: { ok },
  };
}

/** Down the tolerances, as far as the smallest of the errors asks; tighter ones than the first that exceeds the budget exceed it too. */
function ladder(r: Reference, solver: Solver, audited: boolean): Point[] {
  const points: Point[] = [];
  for (const rtol of TOLERANCES) {
    points.push(ours(r, solver, rtol, audited));
    const { evaluations, error } = points[points.length - 1];
    if (evaluations > BUDGET.ours || error <= ENOUGH * Math.min(...LEVELS)) break;
  }
  return points;
}

const work = (p: Point): number => p.evaluations;
const shown = (best: ReturnType<typeof cheapest>): string =>
  best ? `${String(Math.round(best.work)).padStart(6)} ${best.method.padEnd(18)}` : '  none'.padEnd(25);

/** Prints the rows of a case and says how many scipy wins. */
function compare(name: string): number {
  const r = reference(name);
  const mine = registered.flatMap(s => AUDITED.flatMap(audited => ladder(r, s, audited)));
  const few = cheapest(mine, Math.min(...LEVELS), work)?.work ?? BUDGET.ours;
  const theirs = scipys(name, Math.round(Math.max(BUDGET.theirs.least, BUDGET.theirs.times * few)));
  const tightest = Math.min(...theirs.filter(p => p.tolerance <= 1e-8 && p.outcome.ok).map(p => p.error));
  let lost = 0;
  for (const level of LEVELS) {
    const [a, b] = [mine, theirs].map(points => cheapest(points, level, work));
    const wins = a !== undefined && (b === undefined || a.work < b.work);
    if (!wins) lost++;
    const ratio = a && b ? (a.work / b.work).toFixed(2) : '–';
    console.log(
      [name.padEnd(18), level.toExponential(0), shown(a), shown(b), ratio.padStart(5), wins ? 'fewer' : 'MORE'].join(
        '  ',
      ),
    );
  }
  if (!(tightest <= CONVERGED)) throw new Error(`scipy does not converge to ${name}: error ${tightest}`);
  return lost;
}

function main(cases: readonly string[]): void {
  const probe = python('-c', 'import numpy, scipy; print(scipy.__version__)');
  if (probe.status !== 0) {
    console.log('skipped: python3 with numpy and scipy is not here');
    return;
  }
  console.log(`fewest evaluations for an error, ours against scipy ${probe.stdout.trim()} with located events`);
  console.log(['case'.padEnd(18), 'error', 'ours'.padEnd(25), 'scipy'.padEnd(25), 'ratio', 'verdict'].join('  '));
  const lost = cases.map(compare).reduce((a, b) => a + b, 0);
  console.log(lost ? `scipy needs fewer evaluations in ${lost} rows` : 'fewer evaluations in every row');
  if (lost) process.exitCode = 1;
}

main(process.argv.length > 2 ? process.argv.slice(2) : CASES);
