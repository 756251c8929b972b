/** The solver that chooses its method: when it changes, that it costs no more than the best single method, and the safety net. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { auto, dopri5, inclusion, rkc2, rodas4, rodas5p } from '../solvers/index.js';
import { choosing } from '../src/choosing.js';
import { stepping } from '../src/drive.js';
import { parseExperiment } from '../src/experiment-file.js';
import { flowOf } from '../src/flow.js';
import { runText } from '../src/report/text.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment } from '../src/run.js';
import type { Checkpoint, Flow, Outcome, Solver, Stepper, Vec } from '../src/types.js';
import { bareFlow } from './problems-of-ones-own.js';
import { problemOf, reference, startOf } from './truth/reference.js';
import { wholeRun } from './whole-run.js';

const spec = suite('auto');
const methods = ({ choices }: Outcome) => (choices ?? []).map(c => c.method);

/** u′ = −K(s)(u − sin s), s′ = 1: stiff with K = 10⁴ up to s = 1 and from s = 6 on, mild between. */
const alternating = (more: Partial<Flow> = {}): Flow => {
  const stiffness = (s: number) => 1e4 / (1 + Math.exp(40 * (s - 1))) + 1e4 / (1 + Math.exp(40 * (6 - s))) + 0.1;
  const velocityInto = (y: Vec, out: Vec) => {
    out[0] = -stiffness(y[1]) * (y[0] - Math.sin(y[1]));
    out[1] = 1;
  };
  return bareFlow(2, velocityInto, more);
};
/** The exact Jacobian, by the inverse of a 2×2 triangle. */
const linearised: Partial<Flow> = {
  jacobianCost: 3,
  linearise(y) {
    const [d, at] = [1e-6, new Float64Array(2)];
    const f = (u: number, s: number) => {
      alternating().velocityInto(Float64Array.of(u, s), at);
      return at[0];
    };
    const a = (f(y[0] + d, y[1]) - f(y[0] - d, y[1])) / (2 * d);
    const b = (f(y[0], y[1] + d) - f(y[0], y[1] - d)) / (2 * d);
    return {
      timesInto(x, out) {
        out[0] = a * x[0] + b * x[1];
        out[1] = 0;
      },
      solveInto(shift, rhs, out) {
        out[1] = rhs[1] / shift;
        out[0] = (rhs[0] + b * out[1]) / (shift - a);
      },
    };
  },
};
const start = Float64Array.of(1, 0);

spec('it finds stiffness, leaves it again, and says when and why', () => {
  const { outcome } = wholeRun(auto, alternating(), start, { end: 8, rtol: 1e-5 });
  assert.is(outcome.code, 'end');
  assert.equal(methods(outcome), ['dopri5', 'rkc2', 'dopri5', 'rkc2']);
  const [first, second, third, fourth] = outcome.choices ?? [];
  assert.equal([first.t, first.why], [0, 'not known to be stiff']);
  assert.ok(second.t > 0 && second.t < 0.1, `${second.t}`);
  assert.match(second.why, /h·ρ > 3 in 15 net steps; there is no Jacobian to factorise/);
  assert.ok(third.t > 1 && third.t < 6, `${third.t}`);
  assert.match(third.why, /h·ρ < 2 in 10 net steps/);
  assert.ok(fourth.t > 5.5 && fourth.t < 6.6, `${fourth.t}`);
});

spec('with an affordable Jacobian the stiff method is linearly implicit, by the tolerance of the higher order', () => {
  const chosen = (more: Partial<Flow>, rtol: number) =>
    methods(wholeRun(auto, alternating({ ...linearised, ...more }), start, { end: 0.5, rtol }).outcome)[1];
  assert.is(chosen({}, 1e-5), 'rodas4');
  assert.is(chosen({}, 1e-7), 'rodas5p');
  assert.is(chosen({ jacobianCost: 51 }, 1e-5), 'rkc2');
});

spec('a change costs little: a stiff flow takes hundreds of evaluations, not hundreds of thousands', () => {
  const flow = alternating(linearised);
  const [chosen, explicit] = [auto, dopri5].map(s => wholeRun(s, flow, start, { end: 8, rtol: 1e-5 }).outcome.stats);
  assert.ok(10 * chosen.velocityEvaluations < explicit.velocityEvaluations);
});

/** The best of the single methods, kinks located. */
const best = (flow: Flow, y0: Vec, end: number, rtol: number) => {
  const singles = [dopri5, rodas4, rodas5p].map(s => inclusion(s.stepper));
  const counts = singles.map(s => {
    const { outcome } = wholeRun(s, flow, y0, { end, rtol, atol: rtol * 1e-2, maxSteps: 1500 });
    return outcome.ok ? outcome.stats.velocityEvaluations : Number.POSITIVE_INFINITY;
  });
  return Math.min(...counts);
};

for (const name of [
  'deconv-weak-m6',
  'deconv-weak-m10',
  'deconv-weak-m100',
  'deconv-strong-m10',
  'deconv-cross-m12',
  'sigmoid-m12',
  'lowrank-m12',
  'relu-gauss-m8',
  'relu-classic-m6',
])
  spec(`${name}: at most 1.3 times the evaluations of the best single method`, () => {
    const r = reference(name);
    const [flow, end] = [flowOf(problemOf(r), r.m), r.times[r.times.length - 1]];
    for (const rtol of [1e-4, 1e-6]) {
      const { outcome } = wholeRun(auto, flow, startOf(r), { end, rtol, atol: rtol * 1e-2 });
      assert.is(outcome.code, 'end');
      const [got, least] = [outcome.stats.velocityEvaluations, best(flow, startOf(r), end, rtol)];
      assert.ok(got <= 1.3 * least, `${got} against ${least} at rtol ${rtol}: ${methods(outcome)}`);
    }
  });

spec('resumed anywhere, before and after changes of method, it is the same run', () => {
  for (const more of [{}, linearised]) {
    const saved: string[] = [];
    const options = { end: 8, rtol: 1e-4 };
    const whole = wholeRun(auto, alternating(more), start, options, undefined, s =>
      saved.push(JSON.stringify(s.checkpoint())),
    );
    assert.is(methods(whole.outcome).length, 4);
    for (let k = 0; k < saved.length - 1; k += 3) {
      const rest = wholeRun(auto, alternating(more), start, options, JSON.parse(saved[k]) as Checkpoint);
      assert.equal([...rest.last], [...whole.last], `after segment ${k}`);
      assert.equal(rest.outcome, whole.outcome, `after segment ${k}`);
    }
  }
});

/** A method that is refused for as long as it stands at the start. */
const hopeless: Stepper = {
  ...dopri5.stepper,
  name: 'hopeless',
  start(length, around) {
    const attempt = dopri5.stepper.start(length, around);
    return (rhs, h, y, v) => {
      const taken = attempt(rhs, h, y, v);
      return y[0] === 1 ? { ...taken, error: new Float64Array(length).fill(1e3) } : taken;
    };
  },
};
/** A method that goes the wrong way, and is content with it. */
const upwards: Stepper = {
  ...hopeless,
  name: 'upwards',
  start: length => (rhs, h, y, v) => {
    const [end, at] = [y.map((x, i) => (i < length - 1 ? x - h * v[i] : x)), new Float64Array(length)];
    rhs(end, at);
    return {
      y: end,
      v: at,
      error: new Float64Array(length),
      dense: () => (theta, out) => out.set(theta < 1 ? y : end),
    };
  },
};
const withNet = (explicit: Stepper): Solver =>
  stepping(
    choosing({
      name: 'guarded',
      explicit,
      implicit: rodas4.stepper,
      tight: rodas5p.stepper,
      stabilised: rkc2.stepper,
      net: dopri5.stepper,
    }),
    'with a safety net',
  );
const decay = bareFlow(
  1,
  (y, out) => {
    out[0] = -y[0];
  },
  { energy: y => y[0] ** 2 / 2 },
);

spec('after ten refusals in a row the safety net takes the step', () => {
  const options = { end: 1, rtol: 1e-5 };
  const { segments, outcome } = wholeRun(withNet(hopeless), decay, Float64Array.of(1), options);
  assert.equal([outcome.code, segments[0].rejected], ['end', 10]);
  assert.is(wholeRun(stepping(hopeless, 'without'), decay, Float64Array.of(1), options).segments.length, 0);
});

spec('after a rise of F too', () => {
  const { segments } = wholeRun(withNet(upwards), decay, Float64Array.of(1), { end: 1, rtol: 1e-3, maxSteps: 40 });
  const F = segments.map(s => decay.energy(s.y1));
  assert.ok(F[0] > 0.5 && F[1] < F[0], `${F.slice(0, 3)}`);
});

spec('the report says what was chosen, and tolerances are those of the method in use', async () => {
  const { experiment, warnings } = resolveExperiment(
    parseExperiment(
      JSON.stringify({
        problem: { kind: 'deconvolution', order: 3, lambda: 0.1, observation: { spikes: [[0.1, 0.2]] } },
        particles: { count: 8 },
        solver: { kind: 'auto', rtol: 0.1 },
        time: { end: 0.2 },
      }),
      'e.json',
    ),
  );
  assert.equal(experiment.solver, { kind: 'auto', rtol: 0.01 });
  assert.match(warnings.join(), /another minimum; lowered to 0.01/);
  const result = await runExperiment(experiment);
  assert.match(result.notes.join(), /method: rodas4 from t = 0 \(V = β\|w\| makes positions stiff/);
  assert.match(runText(result).replace(/\s+/g, ' '), /solver auto.*method: rodas4 from t = 0/);
});

spec.run();
