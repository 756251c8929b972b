/** What a second run at a tenth of the tolerance says about the first: its true error, where a reference of 40 digits knows it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dopri5, gd, inclusion } from '../solvers/index.js';
import { saveAt } from '../src/diagnostics/save-at.js';
import { flowOf } from '../src/flow.js';
import { scaledDistance } from '../src/math/vec.js';
import type { KinkEvent } from '../src/types.js';
import { verify } from '../src/verification.js';
import { watch } from '../src/watch.js';
import { displacement, problemOf, reference, startOf, stateAt } from './truth/reference.js';
import { wholeRun } from './whole-run.js';

const twice = suite('verification');
const solver = inclusion(dopri5.stepper);

/** The first run of a reference case, watched at the reference's times. */
function first(name: string, rtol: number) {
  const r = reference(name);
  const [flow, y0] = [flowOf(problemOf(r), r.m), startOf(r)];
  const saver = saveAt(r.times, flow, y0);
  const options = { end: r.times.at(-1) as number, rtol, atol: rtol * 1e-2 };
  const { events, outcome } = wholeRun(solver, flow, y0, options, undefined, s => saver.see(s, flow));
  return { r, flow, y0, options, followed: { states: saver.finish(outcome), events } };
}

/** At looser tolerances kinks cut the steps of the second case before the tolerance does: then a tenth of it changes little. */
const BINDING = [
  ['sigmoid-m12', 1e-5, 1e-6],
  ['relu-classic-m6', 1e-7, 1e-8],
] as const;
for (const [name, rtol, tenth] of BINDING)
  twice(`${name}: the distance reported is the distance to the truth`, async () => {
    const { r, flow, y0, options, followed } = first(name, rtol);
    const found = await verify(solver, flow, y0, options, followed, watch);
    assert.ok(found);
    const scale = Math.max(...followed.states.states.map(y => scaledDistance(y, y0, r.m)));
    assert.ok(Math.abs(scale - displacement(r)) <= 1e-2 * scale);
    const errors = followed.states.states.map((y, k) => scaledDistance(y, stateAt(r, k), r.m) / scale);
    const error = Math.max(...errors);
    assert.ok(found.distance > 0.5 * error && found.distance < 2 * error, `${found.distance} for ${error}`);
    assert.is(found.rtol, tenth);
    assert.ok(found.sameEvents && found.energy >= 0);
  });

twice('another sequence of events is said', async () => {
  const { flow, y0, options, followed } = first('sigmoid-m12', 1e-5);
  const other: KinkEvent[] = [...followed.events].reverse();
  const found = await verify(solver, flow, y0, options, { ...followed, events: other }, watch);
  assert.is(found?.sameEvents, false);
});

twice('a second run that does not get as far compares nothing; a method of fixed step has no tolerance', async () => {
  const { flow, y0, options, followed } = first('sigmoid-m12', 1e-5);
  const short = await verify(solver, flow, y0, { ...options, maxSteps: 3 }, followed, watch);
  assert.is(short?.outcome, 'max-steps');
  assert.ok(Number.isNaN(short?.distance));
  assert.is(await verify(gd, flow, y0, { end: 1, step: 0.1 }, followed, watch), null);
});

twice.run();
