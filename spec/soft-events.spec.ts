/** Soft events: many particles put right in one step, at a cost that does not grow with their number. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nonnegativeWeight } from '../problems/index.js';
import { dopri5, inclusion, rodas4, rodas5p } from '../solvers/index.js';
import { linear } from '../src/dense.js';
import { parseExperiment } from '../src/experiment-file.js';
import { flowOf } from '../src/flow.js';
import { scaledDistance } from '../src/math/vec.js';
import { noCounts } from '../src/outcome.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment, settingOf } from '../src/run.js';
import { softEvents } from '../src/soft-events.js';
import type { Checkpoint, KinkEvent, Problem, SolveOptions, Solver, Vec } from '../src/types.js';
import { absLine } from './problems-of-ones-own.js';
import { displacement, problemOf, reference, startOf, stateAt } from './truth/reference.js';
import { at, energyDefect, largestRise, named, type WholeRun, wholeRun } from './whole-run.js';

const spec = suite('soft events');
const explicit = inclusion(dopri5.stepper);
const soft = (rtol: number, end: number): SolveOptions => ({ end, rtol, events: 'soft' });

/** Who changed mode, and how, whatever the order. */
const changes = (events: readonly KinkEvent[]) =>
  named(events)
    .map(e => `${e.type} ${e.particle}`)
    .sort();

const weak = reference('deconv-weak-m100');
const onGrid = (m: number): Vec => Float64Array.from({ length: 2 * m }, (_, k) => (k % 2) * ((k - 1) / (2 * m)));
const weakRun = (m: number, options: SolveOptions, solver: Solver = rodas4) => {
  const flow = flowOf(problemOf(weak), m);
  return { flow, run: wholeRun(solver, flow, onGrid(m), options) };
};

for (const [name, solver, rtols] of [
  ['deconv-weak-m100', rodas4, [1e-3, 1e-4, 1e-5]],
  ['deconv-weak-m100', rodas5p, [1e-4, 1e-6]],
  ['deconv-weak-m100', explicit, [1e-6]],
  ['deconv-strong-m100', rodas4, [1e-4]],
  ['sigmoid-m12', rodas4, [1e-4]],
] as const)
  spec(`${name} by ${solver.name}: state, energy identity and changes of mode at rtol ${rtols.join(', ')}`, () => {
    const r = reference(name);
    const flow = flowOf(problemOf(r), r.m);
    for (const rtol of rtols) {
      const run = wholeRun(solver, flow, startOf(r), soft(rtol, r.times[r.times.length - 1]));
      assert.is(run.outcome.code, 'end');
      const errors = r.times.map((t, k) => scaledDistance(at(run, t).y, stateAt(r, k), r.m) / displacement(r));
      assert.ok(Math.max(...errors) <= 20 * rtol, `state error ${Math.max(...errors)} at rtol ${rtol}`);
      assert.ok(energyDefect(flow, run) <= 10 * rtol, `energy defect ${energyDefect(flow, run)} at rtol ${rtol}`);
      assert.ok(largestRise(flow, run) <= 1e-14, `F rose by ${largestRise(flow, run)} F0 at rtol ${rtol}`);
      assert.is(run.outcome.stats.events, r.events.length);
      const wanted = r.events.map(e => `${e.type} ${e.particle}`).sort();
      assert.equal(changes(run.events), wanted, `changes at rtol ${rtol}`);
      if (rtol > 1e-4) continue;
      for (const e of named(run.events)) {
        const truth = r.events.find(x => x.particle === e.particle && x.type === e.type && Math.abs(x.t - e.t) <= 0.02);
        assert.ok(truth, `${e.type} ${e.particle} at ${e.t} lies far from where it happens`);
      }
    }
  });

spec('crossings are soft too: with twelve particles each weighs, and state and energy identity still hold', () => {
  const r = reference('deconv-cross-m12');
  const flow = flowOf(problemOf(r), r.m);
  for (const rtol of [1e-4, 1e-5]) {
    const run = wholeRun(rodas4, flow, startOf(r), soft(rtol, r.times[r.times.length - 1]));
    assert.ok(run.events.some(e => e.from * e.to === -1));
    const errors = r.times.map((t, k) => scaledDistance(at(run, t).y, stateAt(r, k), r.m) / displacement(r));
    assert.ok(Math.max(...errors) <= 20 * rtol, `state error ${Math.max(...errors)} at rtol ${rtol}`);
    assert.equal(changes(run.events), r.events.map(e => `${e.type} ${e.particle}`).sort());
    assert.ok(energyDefect(flow, run) <= 10 * rtol, `energy defect ${energyDefect(flow, run)} at rtol ${rtol}`);
    assert.ok(largestRise(flow, run) <= 1e-14);
  }
});

/** Evaluations at rtol 1e-3 that an independent prototype takes. */
for (const [m, budget] of [
  [100, 263],
  [1000, 252],
  [10_000, 234],
] as const)
  spec(`m = ${m} costs at most ${budget} evaluations`, () => {
    const { flow, run } = weakRun(m, soft(1e-3, 1));
    assert.is(run.outcome.code, 'end');
    assert.ok(run.outcome.stats.velocityEvaluations <= budget, `${run.outcome.stats.velocityEvaluations}`);
    assert.ok(energyDefect(flow, run) <= 1e-2);
    assert.ok(largestRise(flow, run) <= 1e-14);
    assert.ok(run.outcome.stats.events >= m / 5, 'a quarter of the particles change mode');
  });

spec('many particles: soft agrees with located within the tolerance, and costs a fraction', () => {
  const times = weak.times;
  const [a, b] = [soft(1e-4, 1), { ...soft(1e-5, 1), events: 'located' as const }].map(o => weakRun(500, o));
  const scale = Math.max(...times.map(t => scaledDistance(at(b.run, t).y, onGrid(500), 500)));
  for (const t of times)
    assert.ok(scaledDistance(at(a.run, t).y, at(b.run, t).y, 500) <= 20e-4 * scale, `apart at t = ${t}`);
  assert.equal(changes(a.run.events), changes(b.run.events));
  const [cheap, dear] = [a, b].map(x => x.run.outcome.stats.velocityEvaluations);
  assert.ok(3 * cheap < dear, `${cheap} against ${dear}`);
});

spec('m = 1000 at rtol 1e-3 and 1e-4: as far from a tight run as the tolerance says', () => {
  const times = weak.times;
  const tight = weakRun(1000, soft(1e-5, 1)).run;
  const scale = Math.max(...times.map(t => scaledDistance(at(tight, t).y, onGrid(1000), 1000)));
  for (const rtol of [1e-3, 1e-4]) {
    const { run } = weakRun(1000, soft(rtol, 1));
    const errors = times.map(t => scaledDistance(at(run, t).y, at(tight, t).y, 1000) / scale);
    assert.ok(Math.max(...errors) <= 2 * rtol, `${Math.max(...errors)} at rtol ${rtol}`);
  }
});

/** One step of length h along a straight line of (y, D), put right. */
function corrected(
  problem: Problem,
  branch: readonly number[],
  from: readonly number[],
  to: readonly number[],
  h: number,
) {
  const flow = flowOf(problem, branch.length);
  const kinks = flow.kinks?.soft;
  if (typeof kinks !== 'object') throw new Error(`no soft kinks: ${kinks}`);
  const [z, y1] = [Float64Array.from(from), Float64Array.from(to)];
  const cloud = { z, branch: Int8Array.from(branch), counts: noCounts() };
  const taken = softEvents(flow, kinks, cloud, () => ({ rtol: 1e-3, atol: 1e-5, energy: 1 }))(linear(z, y1), y1, h);
  if (!taken) throw new Error('no events');
  const at = (position: number) => {
    const out = new Float64Array(z.length);
    taken.at(position, out);
    return [...out];
  };
  return { ...taken, at, changed: taken.events.map(({ kink, t, from: old, to: now }) => [kink, t, old, now]) };
}
const close = (got: readonly number[], wanted: readonly number[]) => {
  assert.is(got.length, wanted.length);
  for (const [k, x] of got.entries()) assert.ok(Math.abs(x - wanted[k]) <= 1e-9, `${got} is not ${wanted}`);
};
/** η is this number, wherever the particles are. */
const pulled = (eta: number) => absLine(eta * 1e12, 1e12, 1);

spec('a step of any length, against closed forms: stop', () => {
  // u′ = 0.5 − 1 from 1: at 0 after 2 of 4 units of time.
  const s = corrected(pulled(0.5), [1], [1, 0], [-1, 1], 4);
  assert.equal([s.changed, [...s.branch]], [[[0, 0.5, 1, 0]], [0]]);
  close([...s.y], [0, 0.5]);
  close(s.at(0.25), [0.5, 0.25]);
  close(s.at(0.75), [0, 0.5]);
  close([s.error], [0.1 / (1e-5 + 1e-3)]);
});

spec('a step of any length, against closed forms: crossing', () => {
  // u′ = −3 − 1 down to 0, then −3 + 1.
  const s = corrected(pulled(-3), [1], [1, 0], [-3, 16], 1);
  assert.equal([s.changed, [...s.branch]], [[[0, 0.25, 1, -1]], [-1]]);
  close([...s.y], [-1.5, 7]);
  close(s.at(0.5), [-0.5, 5]);
});

spec('a step of any length, against closed forms: leaving', () => {
  // η = 2.5 − mean goes from 0.5 to 1.5 while particle 1 moves from 4 to 2: the threshold 1 is passed halfway.
  for (const sign of [1, -1] as const) {
    const s = corrected(absLine(2.5 * sign, 1, 1), [0, sign], [0, 4 * sign, 0], [0, 2 * sign, 2], 1);
    assert.equal([s.changed, [...s.branch]], [[[0, 0.5, 0, sign]], [sign, sign]]);
    close([...s.y], [sign / 8, 2 * sign, 2 + 1 / 48]);
    close(s.at(0.75), [sign / 32, 2.5 * sign, 1.5 + 1 / 384]);
    close([s.error], [(2 * 0.5) / Math.SQRT2 / (1e-5 + 1e-3 * Math.SQRT2)]);
  }
});

spec('a step of any length, against closed forms: off a bound at 0 there is no other side', () => {
  const s = corrected({ ...pulled(1.5), penalty: nonnegativeWeight(1, 1) }, [1], [1, 0], [-1, 0], 1);
  assert.equal([s.changed, [...s.branch]], [[[0, 0.5, 1, 1]], [1]]);
  close([...s.y], [0.125, 1 / 24]);
  // However strong the pull below 0, it rests.
  const rest = corrected({ ...pulled(-9), penalty: nonnegativeWeight(1, 1) }, [1], [1, 0], [-1, 0], 1);
  assert.equal([rest.changed, rest.y[0]], [[[0, 0.5, 1, 0]], 0]);
});

/** Where V alone acts: w → 0 at a known time, in a step of any length. */
spec('a lone particle stops where the closed form stops, and its dissipation with it', () => {
  // R = (f − a)²/2 with a = 0.5, V = |u|: u' = −(u − a) − 1 from u = 2 is 0 at t = log 5.
  const flow = flowOf(absLine(0.5, 1, 1), 1);
  const run = wholeRun(explicit, flow, Float64Array.of(2), soft(1e-6, 3));
  assert.is(run.last[0], 0);
  assert.equal(changes(run.events), ['stick 0']);
  assert.ok(Math.abs(run.events[0].t - Math.log(5)) <= 1e-5, `${run.events[0].t}`);
  assert.ok(energyDefect(flow, run) <= 1e-5, `${energyDefect(flow, run)}`);
  const segment = run.segments.find(s => s.events.length > 0);
  assert.ok(segment && segment.t0 < run.events[0].t && run.events[0].t < segment.t1, 'inside its segment');
});

/** Times between the events of each segment. */
const inside = ({ segments }: WholeRun) =>
  segments.flatMap(s => {
    const marks = [s.t0, ...s.events.map(e => e.t), s.t1];
    return marks.slice(1).map((t, k) => [s, (marks[k] + t) / 2] as const);
  });

spec('between steps: continuous, at rest after a stop, and the energy identity holds there too', () => {
  const { flow, run } = weakRun(100, soft(1e-4, 1));
  const [out, F0] = [new Float64Array(200), flow.energy(onGrid(100))];
  for (const [s, middle] of inside(run)) {
    for (const e of s.events.filter(e => e.to === 0 && e.t < middle)) assert.is(s.at(middle, out)[2 * e.kink], 0);
    for (const e of s.events.filter(e => e.from === 0 && e.t >= middle)) assert.is(s.at(middle, out)[2 * e.kink], 0);
    const defect = Math.abs(flow.energy(s.at(middle, out)) + s.dissipationAt(middle) - F0) / F0;
    assert.ok(defect <= 10e-4, `energy defect ${defect} at ${middle}`);
  }
  for (const s of run.segments.filter(x => x.events.length > 0)) {
    const almost = s.t1 - 1e-9 * (s.t1 - s.t0);
    assert.ok(scaledDistance(s.at(almost, out), s.y1, 100) <= 1e-8, `a jump at ${s.t1}`);
    assert.ok(Math.abs(s.dissipationAt(almost) - s.dissipation1) <= 1e-7 * F0);
  }
});

spec('resumed at any segment a soft run is the same, bit for bit', () => {
  const flow = flowOf(problemOf(weak), 250);
  for (const solver of [rodas4, explicit]) {
    const options: SolveOptions = { end: solver === explicit ? 0.05 : 0.5, rtol: 1e-4 };
    const saved: string[] = [];
    const whole = wholeRun(solver, flow, onGrid(250), options, undefined, s =>
      saved.push(JSON.stringify(s.checkpoint())),
    );
    assert.ok(whole.outcome.stats.events > 20);
    const every = Math.ceil(saved.length / 30);
    for (let k = 0; k < saved.length - 1; k += every) {
      const rest = wholeRun(solver, flow, onGrid(250), options, JSON.parse(saved[k]) as Checkpoint);
      assert.equal([...rest.last], [...whole.last], `after segment ${k}`);
      assert.equal(rest.outcome, whole.outcome);
      assert.equal(
        rest.events,
        whole.segments.slice(k + 1).flatMap(s => s.events),
      );
    }
  }
});

spec('weights that must not be negative never are, between steps either', () => {
  const problem = { ...absLine(3, 1, 1), penalty: nonnegativeWeight(1, 1) };
  const flow = flowOf(problem, 3);
  const [a, b] = (['soft', 'located'] as const).map(events =>
    wholeRun(explicit, flow, Float64Array.of(0, 0.3, 9), { end: 4, rtol: 1e-7, events }),
  );
  assert.ok(a.events.length > 0 && a.outcome.stats.events === b.outcome.stats.events);
  for (const [s, t] of inside(a))
    assert.ok(
      s.at(t, new Float64Array(3)).every(w => w >= 0),
      `at ${t}`,
    );
  assert.ok(scaledDistance(a.last, b.last, 3) <= 1e-6);
  assert.ok(energyDefect(flow, a) <= 1e-6, `${energyDefect(flow, a)}`);
});

spec('above 200 particles events are soft unless they are asked for one by one', () => {
  const whole = (m: number, events?: 'auto' | 'located') =>
    weakRun(m, { end: 0.05, rtol: 1e-3, ...(events && { events }) }).run;
  const isSoft = ({ segments }: WholeRun) => segments.some(s => s.events.some(e => e.t > s.t0 && e.t < s.t1));
  assert.equal(
    [200, 201].map(m => isSoft(whole(m))),
    [false, true],
  );
  assert.equal([isSoft(whole(201, 'auto')), isSoft(whole(201, 'located'))], [true, false]);
});

spec('where more attempts are refused than there are events, they are located from there on, resumed or not', () => {
  const flow = flowOf(problemOf(weak), 320);
  const [tight, end] = [1e-9, 0.3];
  const saved: string[] = [];
  const run = (events: 'auto' | 'located', from?: Checkpoint) =>
    wholeRun(rodas5p, flow, onGrid(320), { end, rtol: tight, events }, from, s =>
      saved.push(JSON.stringify(s.checkpoint())),
    );
  const whole = run('auto');
  const states = saved.splice(0);
  const located = run('located');
  assert.is(whole.outcome.code, 'end');
  assert.is(whole.outcome.stats.events, located.outcome.stats.events);
  assert.ok(scaledDistance(whole.last, located.last, 320) <= 1e-8);
  const [a, b] = [whole, located].map(r => r.outcome.stats.velocityEvaluations);
  assert.ok(a <= 2 * b, `${a} against ${b} evaluations`);
  const isOneByOne = (k: number) => JSON.parse(states[k]).state.oneByOne === true;
  const turn = states.findIndex((_, k) => isOneByOne(k));
  assert.ok(turn > 0);
  for (const k of [turn - 1, turn, turn + 3]) {
    const rest = run('auto', JSON.parse(states[k]) as Checkpoint);
    assert.equal([...rest.last], [...whole.last], `after segment ${k}, ${turn}`);
    assert.equal(rest.outcome, whole.outcome);
  }
});

const file = (solver: object, problem: object = {}, count = 8) =>
  resolveExperiment(
    parseExperiment(
      JSON.stringify({
        problem: { kind: 'deconvolution', order: 3, lambda: 0.1, observation: { spikes: [[0.1, 0.2]] }, ...problem },
        particles: { count },
        solver,
        time: { end: 0.2 },
      }),
      'e.json',
    ),
  ).experiment;

spec('experiments name them; a note says when they are in use', async () => {
  const [a, b] = await Promise.all([
    runExperiment(file({ kind: 'rodas4', events: 'soft' })),
    runExperiment(file({ kind: 'rodas4' })),
  ]);
  assert.match(a.notes.join(), /events are taken softly/);
  assert.not.match(b.notes.join(), /softly/);
  assert.throws(() => file({ kind: 'dopri5', events: 'soft' }), /events/);
});

spec('where they cannot be taken they are refused with the reason, and auto locates', () => {
  const network = (more: object) => ({
    problem: {
      kind: 'relu-network',
      data: {
        X: [
          [1, 0],
          [0, 1],
        ],
        y: [1, -1],
      },
      ...more,
    },
    particles: { count: 4, init: 'sphere' },
    solver: { kind: 'inclusion', events: 'soft' },
    time: { end: 0.1 },
    seed: 's',
  });
  const refused = (value: object) => () =>
    settingOf(resolveExperiment(parseExperiment(JSON.stringify(value), 'e.json')).experiment);
  assert.throws(refused(network({})), /Φ here has kinks; take events: located/);
  assert.throws(refused(network({ kind: 'tanh-network' })), /V here has no such term/);
  const flow = flowOf({ ...absLine(1, 1, 1), domain: [{ name: 'u', kind: 'interval', from: -3, to: 3 }] }, 1);
  assert.throws(() => wholeRun(explicit, flow, Float64Array.of(2), soft(1e-6, 1)), /the domain here has bounds/);
  const located = wholeRun(explicit, flow, Float64Array.of(2), { end: 1, rtol: 1e-6, events: 'auto' });
  assert.is(located.outcome.ok, true);
});

spec.run();
