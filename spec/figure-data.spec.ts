/** The figures hold the facts they are drawn for; small runs of each. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as kinds from '../src/figure/index.js';
import type { DrawnFigure, FigureKind, FigureRun } from '../src/figure/kind.js';
import type { CurvePanel, FigureData, PathPanel } from '../src/figure-results.js';
import { figureCsv, figureSheet, figureText } from '../src/report/figure-sheet.js';

const figure = suite('figure data');

const run = (kind: FigureKind, settings: Partial<FigureRun> = {}): Promise<DrawnFigure> =>
  kind.compute({ counts: [], problems: 1, end: 1, seed: 'figure', ...kind.defaults, ...settings });

/** A row of the table by its column names. */
const rowsOf = ({ table }: DrawnFigure): Record<string, number | string>[] =>
  table.rows.map(row => Object.fromEntries(table.header.map((name, k) => [name, row[k]])));

const near = (found: number, wanted: number, tolerance: number, what: string) =>
  assert.ok(Math.abs(found - wanted) <= tolerance, `${what}: ${found}, not ${wanted} ± ${tolerance}`);

/** Drawn without failing: every panel, nothing that is not a number, and all that was assumed in words. */
function drawable(drawn: DrawnFigure): void {
  const data: FigureData = {
    format: 'pgf-figure-1',
    name: 'spec',
    ...drawn,
    manifest: { version: '', command: '', seconds: 0 },
  };
  const svg = figureSheet(data);
  assert.not.ok(/NaN|undefined|Infinity/.test(svg), 'a number that is none');
  assert.is([...svg.matchAll(/role="img"/g)].length, drawn.rows.flat().length);
  assert.ok(
    drawn.assumed.length > 0 && drawn.assumed.every(a => svg.includes(a.slice(0, 20).replaceAll("'", '&#39;'))),
  );
  assert.is(figureCsv(data).trim().split('\r\n').length, drawn.table.rows.length + 1);
  assert.ok(figureText(data).startsWith(drawn.title));
}

/** Ends of the paths that carry a weight. */
const ends = (panel: PathPanel): number[][] =>
  panel.paths
    .filter(p => p.fate === 'positive' || p.fate === 'negative')
    .map(p => [p.x.at(-1) as number, p.y.at(-1) as number]);

/** Spikes of the minimiser of the preset, by 40-digit Newton. */
const SUPPORT = [0.17081, 0.31783, 0.52907, 0.70921];

figure(
  '1: m = 6 is proved not global with the excess of its local minimum; all mass of m = 10 lies on the dashed support',
  async () => {
    const drawn = await run(kinds.deconvolutionFigure, { counts: [6, 10] });
    const [six, ten] = rowsOf(drawn);
    assert.equal([six.verdict, ten.verdict], ['not-global', 'global-within-gap']);
    near(Number(six['excess at most']), 0.2614, 1e-4, 'excess of the local minimum');
    assert.ok(Number(ten['excess at most']) <= 1e-10);
    const panels = drawn.rows[0] as PathPanel[];
    const support = panels[1].rules ?? [];
    assert.is(support.length, 5);
    for (const s of SUPPORT)
      assert.ok(
        support.some(r => Math.abs(r - s) <= 1e-5),
        `${s} in ${support}`,
      );
    for (const [x] of ends(panels[1]))
      assert.ok(
        support.some(r => Math.abs(x - Math.floor(x) - r) <= 1e-5),
        `an end at ${x}`,
      );
    assert.ok(
      support.some(r => ends(panels[0]).every(([x]) => Math.abs(x - Math.floor(x) - r) > 0.02)),
      'm = 6 misses a spike',
    );
    drawable(drawn);
  },
);

figure(
  '2: five units end in the valley of the paper, by the flow and by SGD; paths begin in the small sphere',
  async () => {
    const drawn = await run(kinds.reluFigure, { counts: [5], end: 1000, seed: 'relu-plane' });
    const rows = rowsOf(drawn);
    assert.equal(
      rows.map(r => r.outcome),
      ['end', 'end', 'end'],
    );
    const [population, stochastic, sample] = rows.map(r => Number(r['population risk']));
    near(Number(rows[0]['F of the method']), population, 1e-12, 'the closed form is its own risk');
    // The population risk of the end state that is drawn in the paper.
    near(population, 7.87e-5, 1e-6, 'flow');
    near(stochastic, 7.87e-5, 4e-6, 'SGD');
    assert.ok(sample > population && sample < 0.005, `sample: ${sample}`);
    const panels = drawn.rows.flat() as PathPanel[];
    for (const [x, y] of [
      [0.01954, -0.34827],
      [0.08189, -0.6229],
      [1.0435, -0.52241],
      [1.3517, 1.11176],
      [-0.77149, 0.72213],
    ])
      assert.ok(
        ends(panels[0]).some(end => Math.hypot(end[0] - x, end[1] - y) <= 0.1),
        `(${x}, ${y}) in ${ends(panels[0])}`,
      );
    for (const panel of panels) {
      assert.is(panel.rays?.length, 5);
      for (const p of panel.paths) assert.ok(Math.hypot(p.x[0], p.y[0]) <= 0.005 * (1 + 1e-12), 'r²/2');
    }
    drawable(drawn);
  },
);

figure('3: three particles are too few, 12 and 24 reach the minimum, where a grid of 24 does not', async () => {
  const drawn = await run(kinds.excessFigure, { counts: [3, 12, 24], problems: 2, panels: ['deconvolution'] });
  const [few, enough, many] = rowsOf(drawn);
  assert.is(few['flow, share in the band'], 0);
  for (const row of [enough, many]) assert.is(row['flow, share in the band'], 1, `m = ${row.m}`);
  assert.ok(Number(many['convex, geometric mean']) > 1e-3, 'a grid of 24 does not hold the support');
  assert.ok(Number(many['convex, geometric mean']) < Number(few['convex, geometric mean']));
  const { curves, band } = drawn.rows[0][0] as CurvePanel;
  assert.is(band, 1e-4);
  for (const c of curves)
    assert.ok(
      c.y.every(v => v >= 1e-10 * (1 - 1e-12)),
      'nothing below F*',
    );
  drawable(drawn);
});

figure('sigmoid: F falls, units of both losses start at |w|θ = 0', async () => {
  const drawn = await run(kinds.sigmoidFigure, { counts: [4], end: 20 });
  for (const row of rowsOf(drawn)) assert.ok(Number(row.F) < Number(row['F(0)']), `${row.loss}`);
  for (const panel of drawn.rows.flat() as PathPanel[])
    for (const p of panel.paths) assert.equal([p.x[0] + 0, p.y[0] + 0], [0, 0]);
  drawable(drawn);
});

figure('gd-vs-flow: below 2/L gradient descent is sharper than beyond, where it rests below 2/η', async () => {
  const drawn = await run(kinds.gdFigure);
  const [flow, ...descents] = rowsOf(drawn);
  const [a, b] = [Number(flow.a), Number(flow.b)];
  near(a * a - b * b, 2 ** 2 - 0.1 ** 2, 1e-7, 'a² − b² along the flow');
  near(a * b, 1, 1e-8, 'a minimum');
  for (const row of descents) {
    near(Number(row.a) * Number(row.b), 1, 1e-6, `${row.path}`);
    assert.ok(
      Number(row['sharpness a² + b²']) <= Number(row['2/η']) * (1 + 1e-9),
      `${row.path} rests where its step may`,
    );
    const beyond = Number(row['η·L/2']) > 1;
    if (beyond)
      assert.ok(Number(row['rises of F']) > 0 && Number(row['sharpness a² + b²']) < Number(flow['sharpness a² + b²']));
  }
  drawable(drawn);
});

figure('level-lines: the landscape is below 0 at the end of m = 6 and nowhere below at that of m = 10', async () => {
  const drawn = await run(kinds.levelFigure);
  const panels = drawn.rows.map(row => row.at(-1) as PathPanel);
  const lowest = panels.map(p => Math.min(...(p.field?.values ?? [])));
  assert.ok(lowest[0] < -0.1, `${lowest[0]}`);
  assert.ok(lowest[1] >= -1e-4, `${lowest[1]}`);
  // |w| − w·η(θ) vanishes where a particle rests.
  const { field, frame = [0, 1, 0, 1] } = panels[1];
  for (const [x, y] of ends(panels[1])) {
    const column = Math.floor((x - Math.floor(x)) * (field?.columns ?? 0));
    const row = Math.floor(((y - frame[2]) / (frame[3] - frame[2])) * (field?.rows ?? 0));
    const value = field?.values[row * field.columns + column] as number;
    near(value, 0, 0.02 * Math.max(...(field?.values ?? [])), `F′ at (${x}, ${y})`);
  }
  near(Number(rowsOf(drawn)[2]['largest |η| on the grid']), 9.3, 0.05, 'max |η| of the local minimum');
  drawable(drawn);
});

figure('init: pairs from the sphere and w = 0 begin at the risk of the zero network', async () => {
  const drawn = await run(kinds.initFigure, { counts: [6], problems: 1, end: 20 });
  const { curves } = drawn.rows[0][1] as CurvePanel;
  for (const label of ['pairs ±w on that sphere', 'w = 0, θ ~ N(0, I₂)'])
    near(curves.find(c => c.label === label)?.y[0] as number, 0.0785449, 1e-6, label);
  for (const row of rowsOf(drawn)) assert.ok(Number(row['geometric mean of the risk']) < 0.02, `${row.start}`);
  drawable(drawn);
});

figure.run();
