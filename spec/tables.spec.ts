/** What the CSV files of a run folder say. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseExperiment } from '../src/experiment-file.js';
import { heldOutCsv, savedCsv } from '../src/report/csv.js';
import { reportHtml } from '../src/report/html.js';
import { toJson } from '../src/report/json.js';
import { resolveExperiment } from '../src/resolve.js';
import type { HeldOutResult } from '../src/results.js';
import { runExperiment } from '../src/run.js';
import { studyFrom } from '../src/stored.js';

const tables = suite('tables');

const run = (text: string) => runExperiment(resolveExperiment(parseExperiment(text, 'a.json')).experiment);
const rowsOf = (text: string) =>
  text
    .trimEnd()
    .split('\r\n')
    .map(line => line.split(','));

tables('saved.csv has every coordinate of every particle, by name', async () => {
  const result = await run(
    '{"problem":{"kind":"tensor","components":[[1,0,0]]},"particles":{"count":2},"time":{"end":0.1}}',
  );
  const [header, ...rows] = rowsOf(savedCsv(result));
  assert.equal(header, ['t', 'particle', 'theta1', 'theta2', 'theta3']);
  assert.equal(
    rows.map(row => row.slice(2).map(Number)),
    result.saved.particles.flat().map(p => [...p]),
  );
});

tables('a coordinate called t is no second time, and copies of the domain have a column', async () => {
  const custom = await run(
    '{"problem":{"kind":"custom","particle":["w","t"],"feature":"w*sin(t*x)","loss":"(f-y)^2","data":{"columns":{"x":[1],"y":[1]}}},"particles":{"count":1},"time":{"end":0.1}}',
  );
  assert.equal(rowsOf(savedCsv(custom))[0], ['t', 'particle', 'w', 'u.t']);
  const copies = await run(
    '{"problem":{"kind":"relu-signed-square","data":{"X":[[1,2]],"y":[1]},"signs":[1,-1]},"particles":{"values":[[1,1],[2,1]]},"time":{"end":0}}',
  );
  assert.equal(rowsOf(savedCsv(copies)), [
    ['t', 'particle', 'copy', 'theta1', 'theta2'],
    ['0', '0', '1', '1', '1'],
    ['0', '1', '-1', '2', '1'],
  ]);
});

const HELD = `{"problem":{"kind":"tanh-network","data":{"X":[[1,0],[0,1],[1,1],[2,1],[1,3],[-1,2],[0,-1],[2,2]],"y":[1,0,1,2,1,-1,0,2],"split":{"test":0.25}}},
"particles":{"count":3},"time":{"end":1,"saveAt":[0,0.5]},"solver":{"kind":"sgd","step":0.01,"batch":2},"seed":"a"}`;

tables('held-out.csv has a row for each time asked for, and the end', async () => {
  const { heldOut } = await run(HELD);
  const [header, ...rows] = rowsOf(heldOutCsv(heldOut as HeldOutResult));
  assert.equal(header, ['t', 'loss', 'standardError', 'accuracy', 'trainingLoss', 'trainingAccuracy']);
  assert.equal(
    rows.map(row => row.map(x => (x === '' ? null : Number(x)))),
    heldOut?.points.map(p => [p.t, p.loss, p.standardError, null, p.trainingLoss, null]),
  );
  assert.equal(
    rows.map(row => Number(row[0]).toFixed(6)),
    ['0.000000', '0.500000', '1.000000'],
  );
});

tables('noisy steps keep no energy identity, and no figure draws one', async () => {
  const html = reportHtml(studyFrom(toJson(await run(HELD)), 'stored'));
  const bare = [...html.matchAll(/<tr><th scope="row">([^<]*)<\/th>((?:<td>[—… ]*<\/td>)+)<\/tr>/g)].map(
    ([, name]) => name,
  );
  assert.equal(bare, [], 'no row of dashes alone');
  assert.match(html, 'Decay of the objective');
  assert.not.match(html, /<h2[^>]*>Energy identity/);
});

tables.run();
