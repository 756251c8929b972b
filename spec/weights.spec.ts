/** The weights of atoms that stay where they are: against a slow method, published curves and duality. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { observeTorus } from '../problems/data/torus-observation.js';
import { deconvolution, network, sigmoid, torusDeconvolution } from '../problems/index.js';
import { random } from '../src/math/random.js';
import { type GridOptions, onPositions } from '../src/measure/fixed-positions.js';
import type { Program } from '../src/measure/program.js';
import { latticeOf } from '../src/measure/searched-supremum.js';
import { activeSet, proximalGradient, smoothnessOf, weightProblem, weightState } from '../src/measure/weights.js';
import { program, solved } from './measure.js';
import { packageRoot, problemOf, reference } from './truth/reference.js';

const spec = suite('weights');
const truth = JSON.parse(readFileSync(new URL('spec/truth/cpgd-deconv2d.json', packageRoot), 'utf8'));

/** Six positions at random and an observation at random. */
function drawn(trial: number, nonnegative: boolean): { p: Program; positions: number[][] } {
  const draw = random('weights', `${trial}`);
  const given = {
    order: 2,
    lambda: 0.1 + draw.uniform(),
    beta: 0.5,
    coefficients: Float64Array.from({ length: 5 }, () => draw.normal()),
  };
  const problem = nonnegative ? torusDeconvolution({ ...given, dimension: 1, nonnegative }) : deconvolution(given);
  return { p: program(problem), positions: Array.from({ length: 6 }, () => [draw.uniform()]) };
}

/** F after so many plain steps that nothing changes any more. */
function slowly(p: Program, positions: readonly (readonly number[])[]): number {
  const problem = weightProblem(p, positions);
  const steps = proximalGradient(problem, { momentum: 'none' });
  let c = new Float64Array(6);
  for (let k = 0; k < 20_000; k++) c = steps.next().value as Float64Array<ArrayBuffer>;
  return weightState(problem, c).energy;
}

for (const nonnegative of [false, true])
  spec(
    `the active set ends at the minimum${nonnegative ? ' over weights ≥ 0' : ''}, proven by duality, and where ISTA ends`,
    () => {
      for (let trial = 0; trial < 30; trial++) {
        const { p, positions } = drawn(trial, nonnegative);
        const found = activeSet(weightProblem(p, positions), new Float64Array(6));
        assert.ok(found.gap <= 1e-12 * found.energy && found.gap >= -1e-14, `trial ${trial}: gap ${found.gap}`);
        if (nonnegative) assert.ok(found.c.every(x => x >= 0));
        if (trial < 6) assert.ok(Math.abs(found.energy - slowly(p, positions)) <= 1e-9 * found.energy);
        // From a start far off, with signs that are wrong.
        const other = activeSet(
          weightProblem(p, positions),
          Float64Array.from({ length: 6 }, (_, j) => (nonnegative ? j : j - 2)),
        );
        assert.ok(Math.abs(other.energy - found.energy) <= 1e-12 * found.energy, `trial ${trial}: ${other.energy}`);
      }
    },
  );

spec('equal columns are no trouble', () => {
  const { p } = drawn(0, false);
  const positions = [[0.1], [0.1], [0.1 + 1e-9], [0.6]];
  const found = activeSet(weightProblem(p, positions), new Float64Array(4));
  assert.ok(found.gap <= 1e-10 * found.energy, `${found.gap}`);
});

spec('proximal gradient on the fixed grid of the published figure', () => {
  const { k, step, last, linear } = truth.fixedGrid;
  const torus = { dimension: 2, order: 2, period: 2 * Math.PI, lambda: 1 } as const;
  const coefficients = observeTorus([[1, Math.PI, Math.PI]], torus, 0, random('weights', 'unused'));
  const p = program(torusDeconvolution({ ...torus, beta: 0, coefficients }));
  const cell = (i: number) => ((i + 0.5) * 2 * Math.PI) / 10;
  const grid = Array.from({ length: 100 }, (_, i) => [cell(Math.floor(i / 10)), cell(i % 10)]);
  const problem = weightProblem(p, grid);
  // A particle carries a hundredth of its weight: the step of the measure is that of the particles over their number.
  const steps = proximalGradient(problem, { momentum: 'none', step: step / 100 });
  for (let j = 1, i = 0; i < k.length; j++) {
    const c = steps.next().value as Float64Array;
    if (j !== k[i]) continue;
    const log = Math.log10(weightState(problem, c).energy - last);
    assert.ok(Math.abs(log - linear[i]) <= 0.006, `k = ${j}: ${log}, published ${linear[i]}`);
    i++;
  }
});

spec('momentum with restarts keeps the rate of momentum, 2L|c*|²/(k + 1)², and beats the plain steps', () => {
  const r = reference('deconv-weak-m10');
  const p = program(problemOf(r));
  const problem = weightProblem(p, latticeOf(p.places, 64) ?? []);
  const best = activeSet(problem, new Float64Array(64));
  const L = smoothnessOf(problem);
  const size = best.c.reduce((s, x) => s + x * x, 0);
  const [fast, plain] = (['restarted', 'none'] as const).map(momentum => {
    const steps = proximalGradient(problem, { momentum });
    return Array.from({ length: 400 }, () => weightState(problem, steps.next().value).energy - best.energy);
  });
  for (const [k, excess] of fast.entries())
    assert.ok(excess <= (2 * L * size) / (k + 2) ** 2, `step ${k + 1}: ${excess}`);
  assert.ok(fast[399] < 0.1 * plain[399], `${fast[399]} against ${plain[399]}`);
});

spec('without a Lipschitz constant the step is found, and the end is the same', () => {
  const { p, positions } = drawn(1, false);
  const { smoothness: _, ...loss } = p.problem.loss;
  const blind = { ...p, problem: { ...p.problem, loss } };
  const steps = proximalGradient(weightProblem(blind, positions), { momentum: 'restarted' });
  let c = new Float64Array(6);
  for (let k = 0; k < 3000; k++) c = steps.next().value as Float64Array<ArrayBuffer>;
  const found = activeSet(weightProblem(p, positions), new Float64Array(6));
  assert.ok(Math.abs(weightState(weightProblem(p, positions), c).energy - found.energy) <= 1e-10 * found.energy);
});

const all = (o: GridOptions = {}) => ({ tolerance: 1e-9, ...o });

spec('on finer and finer grids F falls to the minimum over measures like the square of the spacing', () => {
  const r = reference('deconv-weak-m10');
  const Fstar = r.optimum?.Fstar ?? Number.NaN;
  const p = program(problemOf(r));
  const excess = [64, 256, 1024].map(N => {
    const { last, end } = solved(onPositions(p, latticeOf(p.places, N) ?? [], all()));
    assert.ok(end.ok && (last.finiteGap ?? 1) <= 1e-9 * last.energy, `${N}: ${last.finiteGap}`);
    // The bound of the problem over measures sees how far the grid is off.
    assert.ok(last.energy - Fstar <= last.gap && last.energy >= Fstar);
    return last.energy - Fstar;
  });
  const orders = excess.slice(1).map((e, i) => Math.log(excess[i] / e) / Math.log(4));
  assert.ok(
    orders.every(o => o > 1.5 && o < 2.6),
    `${orders}`,
  );
});

spec(
  'on random features of a network, to a certified gap of the finite problem; nothing is claimed of the other',
  () => {
    const draw = random('weights', 'features');
    const inputs = { rows: 20, columns: 2, values: Float64Array.from({ length: 40 }, () => draw.normal()) };
    const targets = Float64Array.from({ length: 20 }, () => draw.normal());
    const p = program(
      network({
        data: { inputs, targets },
        activation: sigmoid,
        bias: true,
        penalty: { kind: 'abs-weight', beta: 0.01 },
      }),
    );
    const positions = Array.from({ length: 200 }, () => [draw.normal(), draw.normal(), draw.normal()]);
    const { last, end } = solved(onPositions(p, positions, all()));
    assert.ok(end.ok && (last.finiteGap ?? 1) <= 1e-9 * last.energy);
    assert.is(last.gap, Number.POSITIVE_INFINITY);
    assert.ok((last.atoms?.length ?? 99) <= 20, 'no more atoms than data');
  },
);

spec.run();
