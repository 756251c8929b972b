/** Pictures of particles that are no spikes: what is drawn where, and what the page says of it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { figures } from '../src/report/figures.js';
import { resolveExperiment } from '../src/resolve.js';
import type { Study } from '../src/results.js';
import { runStudy } from '../src/study.js';

const plot = suite('plane pictures');

async function studyOf(problem: unknown, particles: unknown): Promise<Study> {
  const value = { problem, particles, time: { end: 0.5 }, seed: 'a' };
  const { experiment } = resolveExperiment({ value, source: 'spec', locate: () => undefined });
  return runStudy(experiment, { version: '', node: '', command: '' });
}

const teacher = {
  weights: [1, -1],
  directions: [
    [1, 0.5],
    [-0.5, 1],
  ],
};
const count = { count: 6 };
const texts = (study: Study) => figures(study)[0].legend.map(l => l.text);
const dots = (svg: string) => [...svg.matchAll(/<circle /g)].length;

plot(
  'a teacher is drawn as rays, from a population and from a sample, and kept when the table is written out',
  async () => {
    for (const problem of [
      { kind: 'relu-network', population: 'gaussian', teacher },
      { kind: 'relu-network', data: { teacher, count: 5 } },
    ]) {
      const study = await studyOf(problem, count);
      const again = { ...study, runs: study.runs, spec: JSON.parse(JSON.stringify(study.spec)) } as Study;
      for (const s of [study, again]) {
        assert.ok(texts(s).includes('direction of a unit of the teacher'));
        assert.is(dots(figures(s)[0].panels[0].svg), 6);
      }
      resolveExperiment({ value: study.spec, source: 'frozen', locate: () => undefined });
    }
    const plain = await studyOf(
      {
        kind: 'relu-network',
        data: {
          X: [
            [1, 0],
            [0, 1],
          ],
          y: [1, 2],
        },
      },
      count,
    );
    assert.not.ok(texts(plain).includes('direction of a unit of the teacher'));
  },
);

plot('a teacher of the wrong size is refused in a table too', () => {
  const bad = {
    X: [[1, 0]],
    y: [1],
    teacher: {
      weights: [1],
      directions: [
        [1, 0],
        [0, 1],
      ],
    },
  };
  const value = { problem: { kind: 'relu-network', data: bad }, particles: count, time: { end: 1 } };
  assert.throws(
    () => resolveExperiment({ value, source: 'spec', locate: () => undefined }),
    /2 directions but 1 weights/,
  );
});

plot('one input: weight against input weight; one coordinate: against time', async () => {
  const thin = await studyOf({ kind: 'tanh-network', data: { X: [[1], [2]], y: [1, 2] } }, count);
  assert.match(figures(thin)[0].panels[0].svg, /plane of weight and theta1/);
  const scalar = await studyOf({ kind: 'low-rank', matrix: [[1]] }, count);
  assert.match(figures(scalar)[0].panels[0].svg, /Eigenvalues of S over time/);
  const line = await studyOf({ kind: 'relu-signed-square', data: { X: [[1], [2]], y: [1, 2] } }, count);
  assert.match(figures(line)[0].panels[0].svg, /Coordinate of 6 particles over time/);
});

plot('a cloud too large for every path says so', async () => {
  const many = await studyOf({ kind: 'relu-signed-square', data: { teacher, count: 3 } }, { count: 1200 });
  const [figure] = figures(many);
  assert.match(figure.caption, /Of more than 400 particles, 400 are drawn/);
  assert.is(dots(figure.panels[0].svg), 400);
});

plot.run();
