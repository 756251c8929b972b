/** Methods with momentum against the equations of second order they discretise, and Adam against what it promises. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { adam, fista, gd, heavyBall, nesterov, proximalEuler } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import type { Flow, Solver, Vec } from '../src/types.js';
import { onTheLine } from './problems-of-ones-own.js';
import { problemOf, reference, startOf } from './truth/reference.js';
import { wholeRun } from './whole-run.js';

const accelerated = suite('accelerated methods');
const LAMBDA = 4;
const decay = onTheLine(u => -LAMBDA * u);

/** J₁(x) = Σ (−1)^k/(k!(k+1)!) (x/2)^{2k+1}. */
function besselJ1(x: number): number {
  let [term, sum] = [x / 2, x / 2];
  for (let k = 1; k < 60; k++) {
    term *= -((x / 2) ** 2) / (k * (k + 1));
    sum += term;
  }
  return sum;
}

/** Largest distance of the iterates from u(t), and its slope against log η. */
function slopeAgainst(solver: Solver, truth: (t: number) => number, end: number, steps: readonly number[]) {
  const errors = steps.map(step => {
    const { segments, outcome } = wholeRun(solver, decay, Float64Array.of(1), { end, step });
    assert.is(outcome.code, 'end');
    return Math.max(...segments.map(s => Math.abs(s.y1[0] - truth(s.t1))));
  });
  const slopes = errors.slice(1).map((e, k) => Math.log(errors[k] / e) / Math.log(steps[k] / steps[k + 1]));
  return { errors, slopes };
}
const near = (slopes: readonly number[], wanted: number, errors: readonly number[]) => {
  for (const s of slopes) assert.ok(Math.abs(s - wanted) <= 0.05, `slope ${s}: ${errors}`);
};

accelerated(
  'Nesterov without restarts follows u″ + (3/t)u′ = −λu, u = 2J₁(t√λ)/(t√λ), with an error of order √η',
  () => {
    const truth = (t: number) => (2 * besselJ1(t * Math.sqrt(LAMBDA))) / (t * Math.sqrt(LAMBDA));
    const { slopes, errors } = slopeAgainst(nesterov.variant({ restart: false }), truth, 6, [1e-4, 2.5e-5, 6.25e-6]);
    near(slopes, 0.5, errors);
  },
);

accelerated('the heavy ball with friction a follows u″ + au′ = −λu, with an error of order √η', () => {
  const a = 1.5;
  const omega = Math.sqrt(LAMBDA - (a / 2) ** 2);
  const truth = (t: number) => Math.exp((-a * t) / 2) * (Math.cos(omega * t) + (a / (2 * omega)) * Math.sin(omega * t));
  const { slopes, errors } = slopeAgainst(heavyBall.variant({ friction: a }), truth, 6, [1e-4, 2.5e-5, 6.25e-6]);
  near(slopes, 0.5, errors);
});

accelerated('the heavy ball with fixed momentum β follows the flow in t = kη/(1−β), with an error of order η', () => {
  const truth = (t: number) => Math.exp(-LAMBDA * t);
  const { slopes, errors } = slopeAgainst(heavyBall, truth, 2, [1e-5, 5e-6, 2.5e-6]);
  near(slopes, 1, errors);
});

accelerated('FISTA with nothing to be proximal about is Nesterov, bit for bit', () => {
  const velocityInto = (y: Vec, out: Vec) => {
    out[0] = -LAMBDA * y[0];
  };
  const split = { smoothInto: velocityInto, proxInto: (y: Vec, _h: number, out: Vec) => out.set(y) };
  const flow: Flow = { ...decay, split };
  const [a, b] = [fista, nesterov].map(s => wholeRun(s, flow, Float64Array.of(1), { end: 5, step: 0.01 }));
  assert.equal(
    a.segments.map(s => s.y1[0]),
    b.segments.map(s => s.y1[0]),
  );
});

accelerated('with restarts the weights of a stiff deconvolution reach rest in a fraction of the proximal steps', () => {
  const r = reference('deconv-weak-m10');
  const flow = flowOf(problemOf(r), r.m);
  const rest = (solver: Solver, end: number) => {
    const { outcome } = wholeRun(solver, flow, startOf(r), { end, step: 1e-4, stationarity: 1e-7, maxSteps: 200_000 });
    assert.is(outcome.code, 'stationary', `${solver.name}: ${outcome.message}`);
    return outcome.stats.steps;
  };
  const [quick, slow] = [rest(fista, 1e4), rest(proximalEuler, 1e4)];
  assert.ok(4 * quick <= slow, `${quick} against ${slow}`);
});

accelerated('Adam: its first step moves every coordinate by η, and the size of the field does not matter', () => {
  const r = reference('quadratic-m5');
  const flow = flowOf(problemOf(r), r.m);
  const large: Flow = {
    ...flow,
    velocityInto(y, out) {
      flow.velocityInto(y, out);
      for (let i = 0; i < out.length; i++) out[i] *= 1024;
    },
  };
  const options = { end: 1, step: 0.01 };
  const [one, other] = [flow, large].map(f => wholeRun(adam.variant({ epsilon: 0 }), f, startOf(r), options));
  const v = new Float64Array(flow.size);
  flow.velocityInto(startOf(r), v);
  for (const [i, u] of one.segments[0].y1.entries())
    assert.ok(Math.abs(u - (startOf(r)[i] + 0.01 * Math.sign(v[i]))) <= 1e-15, `coordinate ${i}`);
  assert.equal(other.last, one.last);
});

accelerated('β = 0 is gradient descent', () => {
  const [ball, descent] = [heavyBall.variant({ momentum: 0 }), gd].map(s =>
    wholeRun(s, decay, Float64Array.of(1), { end: 1, step: 0.01 }),
  );
  assert.equal(ball.last, descent.last);
});

accelerated.run();
