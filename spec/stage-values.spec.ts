/** Kinks of Φ too many to be located: when `auto` reads them at stages, what that costs in accuracy, and that it is said. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runEnsemble } from '../src/ensemble.js';
import { parseExperiment } from '../src/experiment-file.js';
import { scaledDistance } from '../src/math/vec.js';
import { fromRows } from '../src/particles.js';
import { resolveExperiment } from '../src/resolve.js';
import type { RunResult } from '../src/results.js';
import { followedBy, runExperiment, settingOf } from '../src/run.js';
import { FEWEST_SAMPLES, MOST_KINKS, STAGE_RTOL } from '../src/stage-values.js';

const spec = suite('stage values');

/** Classical units in the plane on a teacher's sample, from a small sphere. */
const units = (count: number, m: number, solver: object, more: object = {}) =>
  resolveExperiment(
    parseExperiment(
      JSON.stringify({
        problem: {
          kind: 'relu-network',
          data: {
            teacher: {
              weights: [1, -0.8, 1.2],
              directions: [
                [0.96, 0.3],
                [-0.13, 0.99],
                [-1, 0.04],
              ],
            },
            count,
          },
          ...more,
        },
        particles: { count: m, init: 'sphere', scale: 0.1 },
        solver,
        time: { end: 5 },
        seed: 'stages',
      }),
      'units.json',
    ),
  ).experiment;

const MANY = [500, 11] as const;
const last = ({ final }: RunResult) => fromRows(final.particles, 3);

spec('auto reads many kinks at stages, for a fraction, and says to what the energy identity holds', async () => {
  const [free, asked] = await Promise.all(
    [{ kind: 'auto' }, { kind: 'auto', events: 'located' }].map(solver => runExperiment(units(...MANY, solver))),
  );
  assert.equal([free.outcome.code, asked.outcome.code], ['end', 'end']);
  assert.is(free.outcome.stats.events, 0);
  assert.ok(asked.outcome.stats.events > 50, `${asked.outcome.stats.events}`);
  assert.ok(free.outcome.stats.velocityEvaluations * 5 < asked.outcome.stats.velocityEvaluations);
  const { relativeDefect } = free.audit;
  assert.ok(relativeDefect > 10 * asked.audit.relativeDefect && relativeDefect <= 10 * STAGE_RTOL, `${relativeDefect}`);
  const [told] = free.warnings.filter(w => w.startsWith('5500 kinks of Φ are more than 5000'));
  assert.ok(told?.includes(`holds to ${relativeDefect.toExponential(1)} in this run`), told);
  assert.match(told, /events: located/);
  const start = fromRows(
    free.paths.particles[0].map(row => [...row]),
    3,
  );
  const moved = scaledDistance(last(asked), start, MANY[1]);
  const apart = scaledDistance(last(free), last(asked), MANY[1]) / moved;
  assert.ok(apart > 0 && apart <= 20 * STAGE_RTOL, `${apart}`);
});

spec('who asks for located kinks, or names a method, gets them; so do few kinks, and few samples', () => {
  const unlocated = (count: number, m: number, solver: object) => {
    const e = units(count, m, solver);
    return followedBy(e, settingOf(e).problem).unlocated;
  };
  const auto = { kind: 'auto' };
  assert.is(unlocated(...MANY, auto), 5500);
  for (const [rtol, taken] of [
    [1e-8, STAGE_RTOL],
    [1e-3, 1e-3],
  ]) {
    const e = units(...MANY, { ...auto, rtol });
    assert.is(followedBy(e, settingOf(e).problem).solve.rtol, taken);
  }
  for (const solver of [{ kind: 'auto', events: 'located' }, { kind: 'inclusion' }, { kind: 'rodas4' }])
    assert.is(unlocated(...MANY, solver), undefined);
  assert.is(unlocated(500, MOST_KINKS / 500, auto), undefined);
  assert.is(unlocated(FEWEST_SAMPLES - 1, 100, auto), undefined);
});

spec('kinks of V are located all the same', async () => {
  const penalty = { kind: 'abs-weight', beta: 0.02 };
  const run = await runExperiment(units(...MANY, { kind: 'auto' }, { penalty }));
  assert.is(run.outcome.code, 'end');
  assert.ok(run.events.length > 0 && run.events.every(e => e.sample === undefined), `${run.events.length}`);
  assert.ok(run.final.particles.some(([w]) => w === 0));
  assert.ok(run.audit.relativeDefect <= 10 * STAGE_RTOL, `${run.audit.relativeDefect}`);
});

spec('members of an ensemble are followed as the run is', async () => {
  const e = { ...units(...MANY, { kind: 'auto' }), compare: { seeds: 2, starts: 'drawn' as const } };
  const [run, all] = [await runExperiment(e), await runEnsemble(e, settingOf(e).problem, {})];
  assert.is(all?.members[0].energy.at(-1), run.series.energy.at(-1));
});

spec.run();
