/** A run resumed from any checkpoint, after a journey through JSON, is the uninterrupted one bit for bit. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { flowOf } from '../../src/flow.js';
import { random } from '../../src/math/random.js';
import type { Checkpoint, SolveOptions, Solver } from '../../src/types.js';
import { problemOf, reference, startOf } from '../truth/reference.js';
import { type WholeRun, wholeRun } from '../whole-run.js';
import { solvers } from './registered.js';

const resume = suite('resume');

interface Case {
  readonly name: string;
  readonly options: SolveOptions;
}
/** Seven events of all kinds before t = 0.04 for the inclusion; the others get stretches they can integrate. */
const caseOf = (solver: Solver): Case => {
  if (solver.name === 'odex')
    return { name: 'quadratic-m5', options: { end: 2, rtol: 1e-8, stops: [0.3, 0.5, 1, 1.5] } };
  if (solver.needs.includes('batch')) return { name: 'sigmoid-m12', options: { end: 1, step: 2e-3 } };
  if (solver.fixedStep) return { name: 'deconv-cross-m12', options: { end: 0.01, step: 2e-5 } };
  // Methods that take the field as smooth: a case without kinks in their way.
  if (!solver.name.startsWith('inclusion'))
    return { name: 'deconv-weak-m6', options: { end: 0.1, rtol: 1e-5, stops: [0.0123, 0.05] } };
  return { name: 'deconv-cross-m12', options: { end: 0.045, rtol: 1e-6, stops: [0.0123, 0.03] } };
};

const RANDOM_PLACES = 25;

/** Where to resume: random segments, the first and the last, and those after events and rejections. */
function places({ segments }: WholeRun): number[] {
  const r = random('resume', 'places');
  const anywhere = Array.from({ length: RANDOM_PLACES }, () => Math.floor(r.uniform() * segments.length));
  const telling = segments.flatMap((s, k) => (s.events.length > 0 || s.rejected > 0 ? [k] : []));
  return [...new Set([0, segments.length - 1, ...telling, ...anywhere])];
}

/** Everything a segment says, exactly: doubles as bits. */
const said = ({ segments, outcome }: Pick<WholeRun, 'segments' | 'outcome'>) => ({
  segments: segments.map(s => {
    const numbers = [
      s.t0,
      s.t1,
      ...s.y0,
      ...s.y1,
      ...s.v0,
      ...s.v1,
      s.dissipation0,
      s.dissipation1,
      s.error,
      s.rejected,
    ];
    return [
      new BigUint64Array(Float64Array.from(numbers).buffer).join(),
      s.branch?.join(),
      JSON.stringify(s.events),
    ].join(' ');
  }),
  outcome,
});

for (const solver of solvers) {
  const { name, options } = caseOf(solver);
  const r = reference(name);
  const flow = () => flowOf(problemOf(r), r.m);

  resume(`${solver.name}: resumed = uninterrupted, at random places, after events and after rejections`, () => {
    const checkpoints: string[] = [];
    const whole = wholeRun(solver, flow(), startOf(r), options, undefined, s =>
      checkpoints.push(JSON.stringify(s.checkpoint())),
    );
    assert.is(whole.outcome.code, 'end');
    if (solver.name.startsWith('inclusion')) assert.is(whole.outcome.stats.events, 7);
    const wanted = said(whole);
    const chosen = places(whole);
    assert.ok(
      chosen.length >= Math.min(20, whole.segments.length / 2),
      `${chosen.length} places in ${whole.segments.length} segments`,
    );
    for (const k of chosen) {
      const from = JSON.parse(checkpoints[k]) as Checkpoint;
      const rest = said(wholeRun(solver, flow(), startOf(r), options, from));
      assert.is(rest.segments.length, whole.segments.length - k - 1, `segments after ${k}`);
      const off = rest.segments.findIndex((s, j) => s !== wanted.segments[k + 1 + j]);
      assert.is(off, -1, `resumed after segment ${k}, segment ${k + 1 + off} differs`);
      assert.equal(rest.outcome, wanted.outcome, `outcome after resuming at ${k}`);
    }
  });

  resume(`${solver.name}: the start given to a resumed run does not matter, the checkpoint does`, () => {
    const saved: Checkpoint[] = [];
    const whole = wholeRun(solver, flow(), startOf(r), options, undefined, s => saved.push(s.checkpoint()));
    const elsewhere = startOf(r).map(() => 7);
    const other = wholeRun(solver, flow(), elsewhere, options, saved[1]);
    assert.equal([...other.last], [...whole.last]);
  });

  resume(`${solver.name}: a checkpoint is left as it was, so it serves twice`, () => {
    const saved: Checkpoint[] = [];
    wholeRun(solver, flow(), startOf(r), options, undefined, s => saved.push(s.checkpoint()));
    const [before, twice] = [
      JSON.stringify(saved[1]),
      [0, 1].map(() => wholeRun(solver, flow(), startOf(r), options, saved[1])),
    ];
    assert.is(JSON.stringify(saved[1]), before);
    assert.equal(said(twice[1]), said(twice[0]));
  });

  resume(`${solver.name}: a checkpoint of another solver, format or size is refused`, () => {
    const saved: Checkpoint[] = [];
    wholeRun(solver, flow(), startOf(r), options, undefined, s => saved.length < 1 && saved.push(s.checkpoint()));
    const [first] = saved;
    const resumed = (from: Checkpoint, particles = r.m) =>
      wholeRun(solver, flowOf(problemOf(r), particles), startOf(r).subarray(0, particles * r.d), options, from);
    assert.throws(() => resumed({ ...first, solver: 'another' }), /written by solver another/);
    assert.throws(
      () => resumed({ ...first, format: 'pgf-checkpoint-0' } as unknown as Checkpoint),
      /format must be pgf-checkpoint-1/,
    );
    assert.throws(
      () => resumed(first, r.m - 1),
      new RegExp(`checkpoint holds ${r.m * r.d} unknowns; this flow has ${(r.m - 1) * r.d}`),
    );
    if (!solver.fixedStep) return;
    const other = { ...options, step: 2 * (options.step ?? 1) };
    assert.throws(() => wholeRun(solver, flow(), startOf(r), other, first), /written at step/);
  });
}

resume.run();
