/** Frank–Wolfe over measures: published runs, known minima, its own bounds. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { observeTorus } from '../problems/data/torus-observation.js';
import { deconvolution, network, sigmoid, torusDeconvolution } from '../problems/index.js';
import { trigonometricSupremum } from '../src/kernels/trigonometric-supremum.js';
import { random } from '../src/math/random.js';
import { descend } from '../src/measure/descent.js';
import { ballFrankWolfe, correctiveFrankWolfe, noInsertion, slidingFrankWolfe } from '../src/measure/frank-wolfe.js';
import { totalVariation } from '../src/measure/lifting.js';
import { programOf } from '../src/measure/program.js';
import { searchedSupremum } from '../src/measure/searched-supremum.js';
import type { ComposedProblem } from '../src/types.js';
import { fourGaussians, program, solved } from './measure.js';
import { problemOf, reference } from './truth/reference.js';

const spec = suite('frank-wolfe');
const silent = random('frank-wolfe', 'unused');
const cases = ['deconv-weak-m10', 'deconv-strong-m10', 'deconv-cross-m12'].map(reference);

const optimumOf = ({ optimum }: (typeof cases)[number]) => {
  if (!optimum) throw new Error('no optimum');
  return optimum;
};

for (const r of cases) {
  const { Fstar, positions } = optimumOf(r);
  spec(`sliding reaches the minimum of ${r.name} with one insertion for each spike`, () => {
    const { last, iterates, end } = solved(slidingFrankWolfe(program(problemOf(r))));
    assert.ok(end.ok);
    assert.ok(Math.abs(last.energy - Fstar) <= 1e-13 * Fstar, `F = ${last.energy}`);
    assert.ok(last.gap <= 1e-11 * Fstar, `gap ${last.gap}`);
    assert.is(last.atoms?.length, positions.length);
    assert.is(iterates.length, positions.length);
    assert.ok(
      iterates.every(({ energy, gap }) => energy - gap <= Fstar * (1 + 1e-14)),
      'no bound above F*',
    );
  });

  spec(`fully corrective comes near the minimum of ${r.name} with two atoms for a spike`, () => {
    const { last, iterates } = solved(correctiveFrankWolfe(program(problemOf(r)), { tolerance: 1e-9 }));
    assert.ok(last.energy >= Fstar * (1 - 1e-14) && last.energy - Fstar <= last.gap * (1 + 1e-9) + 1e-14);
    assert.ok(last.gap <= 1e-8 * Fstar, `gap ${last.gap}`);
    assert.ok((last.atoms?.length ?? 99) <= 2 * positions.length);
    const energies = iterates.map(i => i.energy);
    assert.ok(energies.every((F, k) => k === 0 || F <= energies[k - 1] * (1 + 1e-14)));
  });
}

spec('the published Gaussian example: four insertions, the first maximum of η and F', () => {
  const problem = fourGaussians(0, silent);
  const { last, iterates, end } = solved(slidingFrankWolfe(program(problem)));
  assert.is(iterates.length, 4);
  assert.ok(Math.abs((end.numbers?.firstSupremum ?? 0) - 225.55) <= 0.1, `${end.numbers?.firstSupremum}`);
  assert.ok(Math.abs(problem.lambda * last.energy - 1.596415) <= 1e-5, `${problem.lambda * last.energy}`);
  assert.ok(last.gap <= 1e-11);
});

for (const seed of ['a', 'b', 'c'])
  spec(`the same with noise 0.01, seed ${seed}`, () => {
    const problem = fourGaussians(0.01, random(seed, 'noise'));
    const { last, iterates } = solved(slidingFrankWolfe(program(problem)));
    assert.is(iterates.length, 4);
    assert.ok(Math.abs(problem.lambda * last.energy - 1.5986) <= 0.004, `${problem.lambda * last.energy}`);
    for (const { weight } of last.atoms ?? []) assert.ok(weight >= 0.793 && weight <= 0.8, `${weight}`);
  });

const torus = { dimension: 2, order: 2, period: 2 * Math.PI, lambda: 1 } as const;
const seen = observeTorus(
  [
    [1.21, 0, 0],
    [0.64, 1.7, -0.3],
    [1, 0.7, 1.3],
  ].map(([a, x, y]) => [a, Math.PI + x, Math.PI + y]),
  torus,
  0,
  silent,
);
for (const [beta, minimum] of [
  [1, 2.766578807082],
  [4, 10.070304179044],
])
  for (const nonnegative of [false, true])
    spec(`on the 2-torus at β = ${beta}${nonnegative ? ', measures ≥ 0' : ''}`, () => {
      const problem = torusDeconvolution({ ...torus, beta, coefficients: seen, nonnegative });
      const { last } = solved(slidingFrankWolfe(program(problem)));
      assert.ok(Math.abs(last.energy - minimum) <= 1e-11, `${last.energy}`);
      assert.ok(last.gap <= 1e-11);
      assert.is(last.atoms?.length, 3);
    });

/** Rounds of Frank–Wolfe on the ball that has the minimiser on its sphere. */
const ROUNDS = 200;
for (const step of ['search', 'open'] as const)
  spec(`on the ball, step ${step}: at most k atoms, R within 2C/(k + 2), and F within the gap`, () => {
    const r = reference('deconv-strong-m10');
    const { Fstar, weights } = optimumOf(r);
    const p = program(problemOf(r));
    const radius = weights.reduce((sum, w) => sum + Math.abs(w), 0);
    const least = Fstar - radius;
    const { iterates, end } = solved(ballFrankWolfe(p, radius, { step, rounds: ROUNDS }));
    const { curvature, floor, loss, multiplier } = end.numbers ?? {};
    // |φ|² = 2K + 1 everywhere: C = (2ρ)²(2K + 1)L.
    const wanted = (2 * radius) ** 2 * 15 * (p.problem.loss.smoothness ?? Number.NaN);
    assert.ok(Math.abs(curvature - wanted) <= 1e-9 * wanted, `C = ${curvature}, wanted ${wanted}`);
    for (const { round, atoms } of iterates) {
      assert.ok((atoms?.length ?? 99) <= round, `${atoms?.length} atoms after ${round} rounds`);
      const R = p.problem.loss.value(p.sum(atoms ?? []));
      assert.ok(R - least <= (2 * curvature) / (round + 2));
      assert.ok(totalVariation(atoms ?? []) <= radius * (1 + 1e-12));
    }
    assert.is(iterates.length, ROUNDS);
    assert.ok(floor <= least && loss - floor < 1, `${floor} ≤ ${least}, R = ${loss}`);
    assert.ok(iterates[ROUNDS - 1].energy - Fstar <= loss - floor);
    // β is the multiplier of the ball: sup |η| comes down to it.
    assert.ok(multiplier > 1 && multiplier < 2, `${multiplier}`);
  });

spec('at the minimiser of β|ν| the radius |ν| has the multiplier β: both variants have one solution', () => {
  const p = program(problemOf(reference('deconv-weak-m10')));
  const { last } = solved(slidingFrankWolfe(p));
  const atoms = last.atoms ?? [];
  const { value, q, f } = p.inspect(atoms);
  assert.ok(Math.abs(value - p.bound) <= 1e-10);
  const paired = f.reduce((sum, x, k) => sum + x * q[k], 0);
  assert.ok(Math.abs(paired - p.bound * totalVariation(atoms)) <= 1e-12 * paired);
});

spec('the descent of atoms never raises F, and leaves no slope', () => {
  const problem = problemOf(reference('deconv-strong-m10')) as ComposedProblem;
  const p = program(problem);
  const draw = random('descent', 'atoms');
  for (let trial = 0; trial < 20; trial++) {
    const atoms = Array.from({ length: 1 + (trial % 6) }, () => ({
      weight: draw.normal(),
      position: [draw.uniform()],
    }));
    const { atoms: rest } = descend(problem, atoms);
    assert.ok(p.energy(rest) <= p.energy(atoms));
    const q = p.residual(p.sum(rest));
    for (const { weight, position } of rest) {
      const pulled = new Float64Array(2);
      problem.feature.pullbackInto(Float64Array.of(1, ...position), 1, q, pulled);
      assert.ok(Math.abs(pulled[0] - Math.sign(weight)) <= 1e-8, `η = ${pulled[0]}`);
      assert.ok(Math.abs(pulled[1]) <= 1e-6, `η′ = ${pulled[1]}`);
    }
  }
});

spec('the searched supremum finds what the proven one does', () => {
  const draw = random('supremum', 'g');
  const K = 7;
  const problem = deconvolution({ order: K, lambda: 1, beta: 1, coefficients: new Float64Array(2 * K + 1) });
  // Bernstein: |p″| ≤ (2πK)² max |p| ≤ (2πK)² √(2K+1) |g|.
  const bend = (g: Float64Array) => (2 * Math.PI * K) ** 2 * Math.sqrt(2 * K + 1) * Math.hypot(...g);
  for (let trial = 0; trial < 20; trial++) {
    const g = Float64Array.from({ length: 2 * K + 1 }, () => draw.normal());
    const truth = trigonometricSupremum(g, K);
    const plain = searchedSupremum(problem)?.(g);
    const proven = searchedSupremum(problem, { bend })?.(g);
    assert.ok(plain && proven);
    assert.ok(Math.abs(plain.value - truth.value) <= 1e-12 * truth.value);
    assert.not(plain.proof);
    assert.ok(proven.proof && proven.upper >= truth.value * (1 - 1e-14) && proven.upper <= truth.value * (1 + 1e-11));
  }
});

spec('a problem that is no program says why', () => {
  // Three numbers in θ: one more than the supremum of a sigmoid unit is found for.
  const table = { inputs: { rows: 1, columns: 3, values: Float64Array.of(1, 2, 3) }, targets: Float64Array.of(1) };
  const of = (penalty?: Parameters<typeof network>[0]['penalty']) =>
    network({ data: table, activation: sigmoid, ...(penalty && { penalty }) });
  assert.match(programOf(of({ kind: 'squared', beta: 1 })) as string, /V must be β\|w\|.*squared/);
  assert.match(programOf(problemOf(reference('lowrank-m12'))) as string, /not linear|V must/);
  assert.match(programOf(problemOf(reference('relu-gauss-m8'))) as string, /field/);
  assert.match(programOf(problemOf(reference('relu-sqsign-m8'))) as string, /two copies/);
  assert.match(noInsertion(program(of({ kind: 'abs-weight', beta: 1 }))) ?? '', /supremum/);
  assert.match(
    programOf(torusDeconvolution({ ...torus, beta: 1, coefficients: seen, chart: 'conic' })) as string,
    /V must/,
  );
});

spec.run();
