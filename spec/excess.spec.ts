/** Figure 3: its stochastic gradients are those of the solver, its convex problem is one, and small panels have the shape of the paper. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sgd } from '../solvers/index.js';
import { descend, reluExcess, reluNet, sigmoidExcess, sigmoidNet, taskOf } from '../src/figure/excess-networks.js';
import { panelOf, rowsOf } from '../src/figure/excess-panel.js';
import { leastRisk } from '../src/figure/random-features.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { collect } from '../src/trajectory.js';

const excess = suite('excess');

const run = { counts: [], problems: 1, end: 1, seed: 'spec', runs: 1, steps: 40, dimension: 6 };

for (const net of [reluNet, sigmoidNet]) {
  const { trained, judge } = taskOf(net, 6, 'spec');
  const judging = flowOf(judge, 1);

  excess(`${net.name}: clouds that share a stream go as each would alone by the solver sgd`, async () => {
    const states = [3, 8].map(m => trained.initial[net.init].draw(m, random('spec', 'init'), net.scale(6)));
    const starts = states.map(y => y.slice());
    const flows = [3, 8].map(m => flowOf(trained, m));
    await descend(flows, states, net, 'spec', run);
    // Steps shrink like (1 + k/(0.2·40))^−½.
    const alone = sgd.variant({ batch: 200, decay: { power: 0.5, after: 8 }, seed: 'spec' });
    for (const [i, flow] of flows.entries()) {
      const { segments } = collect(alone.integrate(flow, starts[i], { end: 1e9, step: net.step, maxSteps: 40 }));
      const wanted = segments.at(-1)?.y1 as Float64Array;
      const size = Math.hypot(...wanted);
      assert.ok(Math.hypot(...wanted.map((v, k) => v - states[i][k])) <= 1e-12 * size, `${i}`);
      assert.ok(Math.hypot(...wanted.map((v, k) => v - starts[i][k])) > 0.1 * size, 'it moved');
    }
  });

  excess(`${net.name}: the best weights are best, by the risk itself, and more units are never worse`, () => {
    const units = trained.initial[net.init].draw(30, random('spec', 'init'), net.scale(6));
    const atZero = judging.energy(new Float64Array(7));
    const least = [1, 5, 30].map(m => leastRisk(judge, units.subarray(0, 7 * m), atZero));
    assert.ok(least[0] < atZero && least[1] < least[0] && least[2] < least[1] && least[2] >= -1e-12, `${least}`);
    // One unit: the parabola through three risks has the same vertex.
    const risk = (w: number) => judging.energy(Float64Array.of(w, ...units.subarray(1, 7)));
    const [up, down] = [risk(1), risk(-1)];
    const vertex = atZero - (down - up) ** 2 / (8 * (up + down - 2 * atZero));
    assert.ok(Math.abs(vertex - least[0]) <= 1e-10 * atZero, `${vertex}, ${least[0]}`);
  });
}

excess('the units of the teacher themselves leave no risk', () => {
  const { judge } = taskOf(reluNet, 6, 'spec');
  // Drawn as the teacher is.
  const units = random('spec', 'teacher');
  const rows = Array.from({ length: 20 }, () => {
    const b = Array.from({ length: 6 }, () => units.normal());
    return [1, ...b.map(x => x / Math.hypot(...b))];
  });
  const atZero = flowOf(judge, 1).energy(new Float64Array(7));
  assert.ok(atZero > 0.1);
  assert.ok(Math.abs(leastRisk(judge, Float64Array.from(rows.flat()), atZero)) <= 1e-9 * atZero);
});

for (const [name, kind] of Object.entries({ reluExcess, sigmoidExcess }))
  excess(`${name}: few units fail, more come nearer, and as many random features stay behind`, async () => {
    const panel = await kind({ ...run, counts: [2, 10, 40], steps: 400, dimension: 10 });
    const [few, some, many] = panel.columns;
    assert.ok(
      many.flow[0] < some.flow[0] && some.flow[0] < few.flow[0] && few.flow[0] < 1,
      JSON.stringify(panel.columns),
    );
    for (const c of panel.columns) assert.ok(c.flow[0] >= 0 && c.failed === 0 && c.convex[0] <= 1);
    for (const c of [some, few]) assert.ok(c.convex[0] > c.flow[0], `m = ${c.m}`);
    assert.equal(panelOf(panel).rules, [20]);
    assert.is(rowsOf(panel).length, 3);
    const again = await kind({ ...run, counts: [10], steps: 400, dimension: 10 });
    assert.equal(again.columns[0].flow, some.flow, 'other counts do not change a run');
  });

excess.run();
