import * as assert from 'uvu/assert';
import { dopri5 } from '../../solvers/dopri5.js';
import { inclusion } from '../../solvers/index.js';
import { flowOf } from '../../src/flow.js';
import { scaledDistance } from '../../src/math/vec.js';
import type { Stepper } from '../../src/types.js';
import { at, energyDefect, named, wholeRun } from '../whole-run.js';
import {
  displacement,
  problemOf,
  type Reference,
  type ReferenceEvent,
  reference,
  startOf,
  stateAt,
} from './reference.js';

export const inclusionFlow = inclusion(dopri5.stepper as Stepper);

export interface Disagreement {
  /** sup over the reference times of |u − ref|_m, in units of the displacement scale. */
  readonly state: number;
  /** sup |F − ref| and sup |D − ref|, in units of F0. */
  readonly energy: number;
  readonly dissipation: number;
}

/** Runs the inclusion over a reference with steps ending at its times. */
export function follow(r: Reference, rtol: number, atol = rtol * 1e-2) {
  const flow = flowOf(problemOf(r), r.m);
  const run = wholeRun(inclusionFlow, flow, startOf(r), {
    end: r.times[r.times.length - 1],
    rtol,
    atol,
    stops: r.times,
  });
  const errors = r.times.map((t, k) => {
    const { y, dissipation } = at(run, t);
    return {
      state: scaledDistance(y, stateAt(r, k), r.m) / displacement(r),
      energy: Math.abs(flow.energy(y) - r.F[k]) / r.F0,
      dissipation: Math.abs(dissipation - r.dissipation[k]) / r.F0,
    };
  });
  const worst = (of: (d: Disagreement) => number) => Math.max(...errors.map(of));
  const disagreement: Disagreement = {
    state: worst(e => e.state),
    energy: worst(e => e.energy),
    dissipation: worst(e => e.dissipation),
  };
  return { flow, run, disagreement };
}

const TIGHT = 1e-10;

const sequence = (events: readonly ReferenceEvent[]): string[] =>
  events.map(({ type, particle, sample }) => [type, particle, sample ?? ''].join(' '));

/**
 * The marks of README.md, by default at a tight tolerance: 20 rtol for the state, 10 rtol for the energy defect; 10 rtol for F and D too.
 * The references themselves hold to 1e-11 (states, F) and 1e-10 (D, event times). Event times get 100 rtol: where |η| passes β slowly,
 * a `leave` moves by a hundred times the error of the state.
 */
export function agreesWithReference(name: string, rtol = TIGHT): void {
  const r = reference(name);
  const { flow, run, disagreement: e } = follow(r, rtol);
  assert.is(run.outcome.code, 'end');
  assert.is(run.outcome.t, r.times[r.times.length - 1]);
  assert.ok(
    Math.abs(flow.energy(startOf(r)) - r.F0) <= 1e-13 * r.F0,
    `F(0) is ${flow.energy(startOf(r))}, reference ${r.F0}`,
  );
  assert.ok(e.state <= 20 * rtol, `state error ${e.state} of the displacement scale`);
  assert.ok(e.energy <= 10 * rtol, `F error ${e.energy} of F0`);
  assert.ok(e.dissipation <= 10 * rtol, `dissipation error ${e.dissipation} of F0`);
  assert.ok(energyDefect(flow, run) <= 10 * rtol, `energy defect ${energyDefect(flow, run)}`);
  const events = named(run.events, flow);
  assert.equal(sequence(events), sequence(r.events));
  for (const [k, event] of events.entries())
    assert.ok(
      Math.abs(event.t - r.events[k].t) <= 100 * rtol,
      `event ${k} at t = ${event.t}, reference ${r.events[k].t}`,
    );
}
