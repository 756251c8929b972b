/** Experiments over seeds: what the mean and the band are of, what is resumed, what is refused. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runEnsemble } from '../src/ensemble.js';
import { InvalidExperiment, override, parseExperiment, setting } from '../src/experiment-file.js';
import { meanOf, quantile } from '../src/math/statistics.js';
import { figureSvg, figures } from '../src/report/figures.js';
import { reportHtml } from '../src/report/html.js';
import { toJson } from '../src/report/json.js';
import { studyText } from '../src/report/text.js';
import { resolveExperiment } from '../src/resolve.js';
import type { Ensemble } from '../src/results.js';
import { runExperiment, settingOf } from '../src/run.js';
import { studyFrom } from '../src/stored.js';
import { runStudy, type StudyState } from '../src/study.js';

const ensembles = suite('ensembles');

const TABLE = `
problem: { kind: sigmoid-network, data: { X: [[1, 2], [-1, 0.5], [0.3, -2], [2, 1]], y: [1, 0, 0.5, 1] } }
particles: { count: 3, init: sphere }
solver: { kind: sgd, step: 0.05 }
time: { end: 2 }
compare: { seeds: 8 }
seed: a
`;
const origin = { version: '', node: '', command: '' };
const experiment = (...set: string[]) =>
  resolveExperiment(
    override(
      parseExperiment(TABLE, 'my.yaml'),
      set.map(a => setting(a)),
    ),
  ).experiment;
const studied = (...set: string[]) => runStudy(experiment(...set), origin);

ensembles('quantiles are those of NumPy', () => {
  assert.ok(Math.abs(quantile([1, 2, 3, 4], 0.1) - 1.3) <= 1e-15);
  assert.ok(Math.abs(quantile([1, 2, 4, 8, 16], 0.9) - 12.8) <= 1e-14);
  assert.is(quantile([5], 0.9), 5);
  assert.ok(Number.isNaN(quantile([], 0.5)) && Number.isNaN(meanOf([])));
  assert.is(meanOf([0.1, 0.1, 0.1]), 0.1);
});

ensembles('the first member is the run itself, the others are not, and the band is that of the members', async () => {
  const study = await studied();
  const e = study.ensembles?.[0] as Ensemble;
  assert.is(e.failed, 0);
  assert.equal(e.members[0].energy, study.runs[0].series.energy);
  assert.equal(e.t, study.runs[0].series.t);
  assert.is(new Set(e.members.map(m => toJson(m.energy))).size, 8);
  for (const j of [0, 7, e.t.length - 1]) {
    const at = e.members.map(m => m.energy[j]);
    const mean = at.reduce((a, b) => a + b) / 8;
    assert.ok(Math.abs(e.mean[j] - mean) <= 1e-15);
    assert.ok(Math.abs(e.deviation[j] ** 2 - at.reduce((s, x) => s + (x - mean) ** 2, 0) / 7) <= 1e-15);
    assert.is(at.filter(x => x < e.low[j]).length, j === 0 ? 0 : 1);
    assert.is(at.filter(x => x > e.high[j]).length, j === 0 ? 0 : 1);
  }
  const stored = studyFrom(toJson(study), 'result.json');
  assert.is(toJson(stored), toJson(study));
  assert.match(
    studyText(study).replace(/\s+/g, ' '),
    /over 8 seeds: mean .* ± .*standard error.*10 to 90 % of the seeds/,
  );
  const figure = figures(stored).find(f => f.title === 'Objective over seeds');
  assert.ok(figure && !figureSvg(figure).includes('NaN'));
  assert.match(reportHtml(stored), /F over 8 seeds/);
});

ensembles('one start for all unless asked otherwise', async () => {
  const starts = async (...set: string[]) =>
    new Set((await studied(...set)).ensembles?.[0].members.map(m => m.energy[0])).size;
  assert.is(await starts(), 1);
  assert.is(await starts('compare.starts=drawn'), 8);
});

ensembles('a study goes on between the seeds, and has the bits of the uninterrupted one', async () => {
  const e = experiment('particles.count=5', 'compare.counts=[3, 5]');
  const { problem, frozen } = settingOf(e);
  const comparable = (study: object) => toJson({ ...study, manifest: null });
  const whole = await runStudy(e, origin);
  const states: StudyState[] = [];
  await runStudy(e, origin, { keepSeconds: 1e-9, keep: s => states.push(JSON.parse(toJson(s))) });
  assert.ok(states.some(s => s.members.length === 5 && s.ensembles.length === 1));
  for (const from of states.filter((_, k) => k % 4 === 0))
    assert.is(comparable(await runStudy(e, origin, { from })), comparable(whole));
  const signal = { aborted: false };
  let kept = 0;
  const stopped = await runEnsemble({ ...frozen, particles: { count: 3, init: 'sphere' } }, problem, {
    signal,
    keepSeconds: 1e-9,
    keep(done) {
      kept = done.length;
      signal.aborted = kept === 3;
    },
  });
  assert.is(stopped, null);
  assert.is(kept, 3);
});

ensembles('seeds that diverge are counted and left out', async () => {
  const study = await studied('solver.step=1e30', 'time.end=1e31');
  const e = study.ensembles?.[0] as Ensemble;
  assert.is(e.failed, 8);
  assert.match(studyText(study), /none of 8 seeds reached the end/);
  reportHtml(studyFrom(toJson(study), 'result.json'));
});

ensembles('what gives every seed the same run is refused', () => {
  const refused = (...set: string[]) => {
    try {
      experiment(...set);
    } catch (error) {
      if (error instanceof InvalidExperiment) return error.message;
    }
    return 'accepted';
  };
  assert.match(
    refused('solver={ kind: gd, step: 0.1 }', 'compare.starts=same'),
    /compare\.seeds: gd draws nothing.*langevin, proximal-sgd, sgd/,
  );
  assert.match(
    refused('solver={ kind: auto }', 'particles={ values: [[1, 0, 0]] }'),
    /compare\.seeds: auto draws nothing.*every seed gives the same run/,
  );
  assert.match(refused('compare={ data: drawn }'), /compare\.data.*give seeds/);
  assert.match(refused('compare.seeds=1'), /compare\.seeds: must be ≥ 2, found 1/);
  assert.match(refused('compare={ starts: drawn }'), /compare\.starts.*give seeds/);
  assert.match(refused('stop.stationarity=1'), /compare\.seeds.*leave out stop/);
  const values = 'particles={ values: [[1, 0, 0]] }';
  assert.match(refused(values, 'compare.starts=drawn'), /compare\.starts.*particles\.init/);
  assert.is(refused(values), 'accepted');
});

/** R = (f − 1.5)²/2 and Φ(u) = u: f follows f′ = 1.5 − f, so that F(t) = F(0) e^{−2t} from every start. */
const DECAY = `
problem: { kind: custom, particle: [u], feature: u, loss: (f - y)^2/2, data: { columns: { y: [1.5] } } }
particles: { count: 3, init: gaussian }
time: { end: 2 }
compare: { seeds: 4 }
seed: a
`;
const decay = (...set: string[]) =>
  resolveExperiment(
    override(
      parseExperiment(DECAY, 'decay.yaml'),
      set.map(a => setting(a)),
    ),
  ).experiment;

for (const solver of ['{ kind: auto, rtol: 1e-10 }', '{ kind: odex, rtol: 1e-10 }', '{ kind: gd, step: 1e-4 }'])
  ensembles(
    `a method that draws nothing has a start for each seed, ${solver}: F(t) = F(0) e^{−2t} for all`,
    async () => {
      const study = await runStudy(decay(`solver=${solver}`), origin);
      const e = study.ensembles?.[0] as Ensemble;
      assert.equal([e.starts, e.failed, e.data], ['drawn', 0, undefined]);
      assert.is(new Set(e.members.map(m => m.energy[0])).size, 4);
      assert.is(e.members[0].energy[0], study.runs[0].series.energy[0]);
      for (const { t, energy } of e.members) {
        assert.ok(t.length > 50 && Math.abs((t.at(-1) as number) - 2) <= 1e-12);
        for (const [k, time] of t.entries())
          assert.ok(Math.abs(energy[k] / (energy[0] * Math.exp(-2 * time)) - 1) <= 5e-4, `F(${time})`);
      }
      const ratio = (list: readonly number[]) => (list.at(-1) as number) / list[0];
      for (const list of [e.mean, e.low, e.high, e.deviation])
        assert.ok(Math.abs(ratio(list) / Math.exp(-4) - 1) <= 5e-4, 'mean and band fall alike');
    },
  );

const NOISE = `
problem: { kind: deconvolution, order: 3, lambda: 0.1, observation: { spikes: [[0.1, 0.2]], noise: { level: 0.05 } } }
particles: { count: 4 }
solver: { kind: auto }
time: { end: 0.1 }
compare: { seeds: 3, data: drawn }
seed: a
`;
const noisy = (...set: string[]) =>
  resolveExperiment(
    override(
      parseExperiment(NOISE, 'noise.yaml'),
      set.map(a => setting(a)),
    ),
  ).experiment;

ensembles('data drawn for each seed are those of the experiment under that seed', async () => {
  const study = await runStudy(noisy(), origin);
  const e = study.ensembles?.[0] as Ensemble;
  assert.equal([e.starts, e.data, e.failed], ['same', 'drawn', 0]);
  for (const [k, seed] of ['a', 'a/1', 'a/2'].entries()) {
    const { frozen } = settingOf({ ...noisy(), seed });
    const { saved } = await runExperiment({ ...frozen, compare: {} });
    assert.ok(Math.abs((e.members[k].energy.at(-1) as number) / (saved.energy.at(-1) as number) - 1) <= 1e-12);
  }
  // What is written beside the result draws them again.
  const stored = studyFrom(toJson(study), 'result.json');
  assert.is(toJson((await runStudy(stored.spec, origin)).ensembles), toJson(study.ensembles));
  assert.match(studyText(study).replace(/\s+/g, ' '), /over 3 seeds with data of their own/);
});

ensembles('a start or data that no seed changes are said, not drawn as equal curves', () => {
  const refused = (...set: string[]) => {
    try {
      settingOf(noisy(...set));
    } catch (error) {
      if (error instanceof InvalidExperiment) return error.message;
    }
    return 'accepted';
  };
  assert.match(refused('compare={ seeds: 3 }'), /compare\.starts: the start grid is one for all seeds.*init: random/);
  assert.is(refused('compare={ seeds: 3 }', 'particles.init=random'), 'accepted');
  assert.match(refused('problem.observation.noise.seed=7'), /compare\.data: nothing in problem is drawn by the seed/);
});

ensembles.run();
