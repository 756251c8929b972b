/** The linearly implicit methods as experiments name them: defaults, warnings, notes, counts in the report. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseExperiment } from '../src/experiment-file.js';
import { runText } from '../src/report/text.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment } from '../src/run.js';
import type { SolverSpec } from '../src/spec.js';
import { reference } from './truth/reference.js';

const runs = suite('implicit methods in experiments');

const experiment = (solver: SolverSpec, more: object = {}) => ({
  problem: {
    kind: 'deconvolution',
    order: 3,
    lambda: 0.1,
    observation: {
      spikes: [
        [0.1, 0.2],
        [-0.07, 0.6],
      ],
    },
    ...more,
  },
  particles: { count: 8 },
  solver,
  time: { end: 0.5 },
});
const resolved = (value: object) => resolveExperiment(parseExperiment(JSON.stringify(value), 'e.json'));

runs('rodas4 alone and inside inclusion is the same run', async () => {
  const [alone, wrapped] = await Promise.all(
    [{ kind: 'rodas4' }, { kind: 'inclusion', method: 'rodas4' }].map(s =>
      runExperiment(resolved(experiment({ ...s, rtol: 1e-6 })).experiment),
    ),
  );
  assert.equal(alone.final, wrapped.final);
  assert.equal(alone.outcome.stats, wrapped.outcome.stats);
  assert.ok(alone.outcome.stats.events > 0);
  assert.equal([...alone.warnings, ...wrapped.warnings, ...alone.notes], []);
  assert.match(runText(alone).replace(/\s+/g, ' '), /\d+ Jacobians \(\d+ factorisations\)/);
});

runs('the tolerance of small components is left to the method unless it is given', () => {
  const { solver } = resolved(experiment({ kind: 'rodas5p', rtol: 1e-7 })).experiment;
  assert.equal(solver, { kind: 'rodas5p', rtol: 1e-7 });
  const given = resolved(experiment({ kind: 'rodas5p', rtol: 1e-7, atol: 1e-9 })).experiment;
  assert.is(given.solver?.atol, 1e-9);
  assert.is(resolved(experiment({ kind: 'inclusion', rtol: 1e-7 })).experiment.solver?.atol, 1e-9);
});

runs('a tolerance that may end in another minimum is lowered, and said so', () => {
  for (const solver of [{ kind: 'rodas4' }, { kind: 'inclusion', method: 'rodas5p' }]) {
    const { experiment: e, warnings } = resolved(experiment({ ...solver, rtol: 0.1 }));
    assert.is(e.solver?.rtol, 0.01);
    assert.is(warnings.filter(w => w.includes('another minimum; lowered to 0.01')).length, 1);
    assert.not.ok(warnings.some(w => w.includes('explicit')));
  }
});

runs('so it is for those that step over kinks: strong m = 10 at 0.1 ends in the minimum of the flow', async () => {
  const r = reference('deconv-strong-m10');
  if (r.problem.type !== 'deconvolution-1d') throw new TypeError(r.problem.type);
  const { K: order, lambda, y: coefficients } = r.problem;
  const problem = { kind: 'deconvolution', order, lambda, observation: { coefficients } };
  for (const kind of ['extrapolated-proximal-newton', 'extrapolated-proximal-euler']) {
    const { experiment: e, warnings } = resolved({
      problem,
      particles: { values: r.initial },
      solver: { kind, rtol: 0.1 },
      time: { end: 1 },
    });
    assert.is(e.solver?.rtol, 0.01);
    assert.is(warnings.filter(w => w.includes('another minimum; lowered to 0.01')).length, 1);
    const { outcome, audit, series } = await runExperiment(e);
    assert.is(audit.rises, 0);
    // The explicit one rides its stability limit, and says that it does not get on.
    if (kind === 'extrapolated-proximal-euler' && !outcome.ok) continue;
    assert.is(outcome.code, 'end');
    const [F, wanted] = [series.energy.at(-1) as number, r.F[r.times.indexOf(1)]];
    assert.ok(Math.abs(F - wanted) <= 20 * 0.01 * r.F0, `${kind}: F = ${F}, wanted ${wanted}`);
  }
});

runs('weights that must stay nonnegative do, and the solvers that keep them so are named', async () => {
  const { final, audit, outcome } = await runExperiment(
    resolved(experiment({ kind: 'rodas4', rtol: 1e-6 }, { sign: 'nonnegative' })).experiment,
  );
  assert.is(outcome.code, 'end');
  assert.ok(final.particles.every(([w]) => w >= -1e-12));
  assert.ok(audit.relativeDefect <= 1e-5);
  assert.throws(
    () => resolved(experiment({ kind: 'dopri5' }, { sign: 'nonnegative' })),
    /needs inclusion or proximal-euler or auto or rodas4 or rodas5p/,
  );
});

runs('in the cone metric the Jacobian comes from differences, which a note says with its price', async () => {
  const conic = { ...experiment({ kind: 'rodas4', rtol: 1e-6 }, { chart: 'conic' }) };
  const [implicit, explicit] = await Promise.all(
    [conic, { ...conic, solver: { kind: 'dopri5', rtol: 1e-10 } }].map(e => runExperiment(resolved(e).experiment)),
  );
  assert.is(implicit.outcome.code, 'end');
  assert.equal(
    implicit.notes.filter(n => n.includes('no second derivatives')),
    ['this problem gives no second derivatives: each Jacobian is 32 evaluations of the velocity'],
  );
  assert.ok(implicit.audit.relativeDefect <= 1e-5, `${implicit.audit.relativeDefect}`);
  for (const [i, row] of implicit.final.particles.entries())
    for (const [k, x] of row.entries())
      assert.ok(Math.abs(x - explicit.final.particles[i][k]) <= 2e-5, `${x} against ${explicit.final.particles[i][k]}`);
});

runs.run();
