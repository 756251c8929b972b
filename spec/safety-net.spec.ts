/** The safety net: with it a run ends where no other method gets on, F falls in its steps, and the report says when and why. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { auto, dopri5, rkc2, rodas4, rodas5p } from '../solvers/index.js';
import { choosing } from '../src/choosing.js';
import { stepping } from '../src/drive.js';
import { flowOf } from '../src/flow.js';
import { methodNotes } from '../src/method-notes.js';
import { minimising, type Net } from '../src/safety-net.js';
import type { Checkpoint, Flow, Outcome, Rescues, Solver, Stepper, Vec } from '../src/types.js';
import { onTheLine } from './problems-of-ones-own.js';
import { problemOf, reference, startOf } from './truth/reference.js';
import { wholeRun } from './whole-run.js';

const spec = suite('safety net');

const guarded = (explicit: Stepper, net?: Net): Solver =>
  stepping(
    choosing({
      name: 'guarded',
      explicit,
      implicit: rodas4.stepper,
      tight: rodas5p.stepper,
      stabilised: rkc2.stepper,
      ...(net && { net }),
    }),
    'with a safety net, or without',
    true,
    'guarded',
  );

/** Dormand–Prince, refused at every state that `hopeless` names. */
const refusedWhere = (hopeless: (y: Vec) => boolean): Stepper => ({
  ...dopri5.stepper,
  name: 'refused',
  start(length, around) {
    const attempt = dopri5.stepper.start(length, around);
    return (rhs, h, y, v) => {
      const taken = attempt(rhs, h, y, v);
      return hopeless(y) ? { ...taken, error: new Float64Array(length).fill(1e3) } : taken;
    };
  },
});

/** u′ = −u, whose F = u²/2 is all in the smooth part. */
const decay = onTheLine(u => -u, {
  energy: y => y[0] ** 2 / 2,
  split: {
    smoothInto: (y, out) => {
      out[0] = -y[0];
    },
    proxInto: (y, _h, out) => out.set(y),
  },
});
const one = Float64Array.of(1);

function rescued({ rescues, message }: Outcome): Rescues {
  assert.ok(rescues, message);
  return rescues as Rescues;
}

spec('steps that are refused for ever while F can still fall: only the net gets on, within the tolerance', () => {
  const stuck = refusedWhere(([u]) => u < 0.8 && u > 0.5);
  const options = { end: 1, rtol: 1e-5, maxSteps: 2000 };
  assert.is(wholeRun(guarded(stuck), decay, one, options).outcome.code, 'step-underflow');
  const { outcome, segments, last } = wholeRun(guarded(stuck, minimising), decay, one, options);
  assert.is(outcome.code, 'end');
  assert.ok(Math.abs(last[0] - Math.exp(-1)) <= 20 * 1e-5, `${last[0]}`);
  const F = segments.map(s => decay.energy(s.y1));
  assert.ok(F.every((x, k) => k === 0 || x < F[k - 1]));
  const { refusals, rises, first, last: until } = rescued(outcome);
  assert.ok(refusals > 0 && rises === 0, `${refusals}, ${rises}`);
  assert.ok(first > Math.log(1 / 0.8) && until < 1, `${first} to ${until}`);
  assert.match(
    methodNotes(decay, guarded(stuck, minimising), 'auto', outcome).join(),
    new RegExp(`safety net: ${refusals} steps by minimising movement.*where steps were refused again and again`),
  );
});

spec('F = |u| whose kink nobody declared: auto comes to rest on it', () => {
  const undeclared = onTheLine(u => -Math.sign(u), {
    energy: y => Math.abs(y[0]),
    split: {
      smoothInto: (_, out) => out.fill(0),
      proxInto: (y, h, out) => {
        out[0] = Math.sign(y[0]) * Math.max(0, Math.abs(y[0]) - h);
      },
    },
  });
  const start = Float64Array.of(Math.SQRT1_2);
  const options = { end: 2, rtol: 1e-5, maxSteps: 2000 };
  const lost = wholeRun(guarded(dopri5.stepper), undeclared, start, options).outcome;
  assert.not(lost.ok, lost.message);
  const { outcome, last } = wholeRun(auto, undeclared, start, options);
  assert.is(outcome.code, 'end');
  assert.ok(Math.abs(last[0]) <= 1e-12 && outcome.stats.steps < 200, `${last[0]} after ${outcome.stats.steps} steps`);
  assert.ok(outcome.rescues && Math.abs(outcome.rescues.first - Math.SQRT1_2) < 1e-3, JSON.stringify(outcome));
});

spec('after a rise of F one step of the net, then the method goes on', () => {
  const upwardsAt = (low: number, high: number): Stepper => ({
    ...dopri5.stepper,
    name: 'upwards',
    start(length, around) {
      const attempt = dopri5.stepper.start(length, around);
      let done = false;
      return (rhs, h, y, v) => {
        const wrong = !done && y[0] < high && y[0] > low;
        done ||= wrong;
        return attempt(rhs, wrong ? -1e-3 : h, y, wrong ? v.slice() : v);
      };
    },
  });
  const { outcome, segments } = wholeRun(guarded(upwardsAt(0.5, 0.8), minimising), decay, one, {
    end: 2,
    rtol: 1e-5,
    maxSteps: 2000,
  });
  assert.is(outcome.code, 'end');
  const F = segments.map(s => decay.energy(s.y1));
  const rise = F.findIndex((x, k) => k > 0 && x > F[k - 1]);
  assert.ok(rise > 0 && F[rise + 1] < F[rise] && segments.length > rise + 2);
  assert.equal(outcome.rescues, {
    refusals: 0,
    rises: 1,
    first: segments[rise + 1].t1,
    last: segments[rise + 1].t1,
  });
});

/** Particles whose weights leave 0 and return: refused while F falls through a band. */
const crossing = () => {
  const r = reference('deconv-cross-m12');
  const flow = flowOf(problemOf(r), r.m);
  const F = (y: Vec) => flow.energy(y.subarray(0, flow.size)) / r.F0;
  return { flow, y0: startOf(r), stuck: refusedWhere(y => F(y) < 0.8 && F(y) > 0.73) };
};
const throughEvents = { end: 0.03, rtol: 1e-3, maxSteps: 5000 };

spec('its steps go over kinks: afterwards a weight is 0 exactly where its particle rests', () => {
  const { flow, y0, stuck } = crossing();
  // Where V = |w| the implicit method would be taken from the start.
  const flowing: Flow = { ...flow, jacobianCost: Number.POSITIVE_INFINITY };
  const { outcome, segments } = wholeRun(guarded(stuck, minimising), flowing, y0, throughEvents);
  assert.is(outcome.code, 'end');
  assert.ok(outcome.rescues && outcome.rescues.refusals > 3, JSON.stringify(outcome.rescues));
  for (const s of segments.slice(1))
    for (const [k, side] of [...(s.branch ?? [])].entries())
      if (side === 0) assert.is(s.y0[2 * k], 0, `particle ${k} at t = ${s.t0}`);
      else assert.ok(side * s.y0[2 * k] >= 0, `particle ${k} at t = ${s.t0}: ${s.y0[2 * k]} on side ${side}`);
  const rises = segments.filter(s => flow.energy(s.y1) > flow.energy(s.y0) * (1 + 1e-14)).length;
  assert.is(rises, 0);
});

spec('resumed anywhere, before, within and after its spells, it is the same run', () => {
  const { flow, y0, stuck } = crossing();
  const flowing: Flow = { ...flow, jacobianCost: Number.POSITIVE_INFINITY };
  const saved: string[] = [];
  const solver = () => guarded(stuck, minimising);
  const whole = wholeRun(solver(), flowing, y0, throughEvents, undefined, s =>
    saved.push(JSON.stringify(s.checkpoint())),
  );
  const { first, last } = rescued(whole.outcome);
  const within = whole.segments.flatMap((s, k) => (s.t1 >= first && s.t1 <= last ? [k] : []));
  assert.ok(within.length > 3 && last < throughEvents.end, `${within.length}, until ${last}`);
  const everywhere = saved.flatMap((_, k) => (k % 50 === 0 ? [k] : []));
  for (const k of new Set([...everywhere, within[0] - 1, ...within.slice(0, 20), within[within.length - 1]])) {
    const rest = wholeRun(solver(), flowing, y0, throughEvents, JSON.parse(saved[k]) as Checkpoint);
    assert.equal([...rest.last], [...whole.last], `after segment ${k}`);
    assert.equal(rest.outcome, whole.outcome, `after segment ${k}`);
  }
});

spec.run();
