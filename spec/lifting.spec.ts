/** Measures and their particles: projection, lift, normalisation, and J(hμ) ≤ F(μ) on random measures. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deconvolution, lowRank, neuron, relu, square, torusDeconvolution } from '../problems/index.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import {
  conicWeighted,
  equalised,
  type Lifting,
  lifted,
  liftedValue,
  merged,
  neuronal,
  normalised,
  projected,
  type Share,
  spherical,
  totalVariation,
  weighted,
} from '../src/measure/lifting.js';
import type { Penalty, Problem, Random, Vec } from '../src/types.js';

const lifting = suite('lifting');
const MEASURES = 1000;

/** V = |w||θ|, for its value alone. */
const product: Penalty = {
  name: 'product',
  value: (y, m) =>
    Array.from({ length: m }, (_, i) => Math.abs(neuronal.mass(y.subarray(3 * i, 3 * i + 3)))).reduce(
      (a, b) => a + b,
      0,
    ),
  minNormInto() {},
};

const inputs = { rows: 4, columns: 2, values: Float64Array.of(1, 0.3, -0.5, 1, 0.2, -1, -0.7, -0.4) };
const networks: Problem = {
  name: 'relu with V = |w||θ|',
  dim: 3,
  domain: ['w', 'x', 'y'].map(name => ({ name, kind: 'line' as const })),
  feature: neuron(inputs, relu),
  loss: square(Float64Array.of(1, -0.2, 0.4, 0), 2),
  penalty: product,
  initial: {},
};

interface Case {
  readonly lifting: Lifting;
  readonly problem: Problem;
  readonly beta: number;
  /** A position out of a few, so that some are met twice. */
  place(r: Random): readonly number[];
  readonly signed: boolean;
}
const few = (r: Random, n: number) => Math.floor(n * r.uniform());
const cases: readonly Case[] = [
  {
    lifting: weighted,
    problem: deconvolution({ order: 2, lambda: 0.3, beta: 0.7, coefficients: Float64Array.of(1, 0.5, -0.2, 0.1, 0.4) }),
    beta: 0.7,
    place: r => [few(r, 6) / 6],
    signed: true,
  },
  {
    lifting: conicWeighted,
    problem: torusDeconvolution({
      dimension: 2,
      order: 1,
      lambda: 0.4,
      beta: 0.6,
      coefficients: Float64Array.of(1, 0.5, -0.2, 0.1, 0.4, 0, 0.3, 0.2, -0.6),
      chart: 'conic',
    }),
    beta: 0.6,
    place: r => [few(r, 2) / 2, few(r, 3) / 3],
    signed: true,
  },
  {
    lifting: neuronal,
    problem: networks,
    beta: 1,
    // Quarter turns: their unit vectors come back from a particle without rounding.
    place: r =>
      [
        [1, 0],
        [0, 1],
        [-1, 0],
        [0, -1],
      ][few(r, 4)],
    signed: true,
  },
  {
    lifting: spherical,
    problem: lowRank(
      [
        [2, 0.5],
        [0.5, 1],
      ],
      { kind: 'squared', beta: 0.3 },
    ),
    beta: 0.3,
    place: r =>
      [
        [1, 0],
        [0, 1],
        [-1, 0],
      ][few(r, 3)],
    signed: false,
  },
];

/** A measure on Ω: up to six particles, some at the same place. */
function measure(c: Case, r: Random): Share[] {
  const mass = () => (c.signed && r.uniform() < 0.5 ? -1 : 1) * (0.1 + r.uniform());
  return Array.from({ length: 1 + few(r, 6) }, () => ({
    share: 0.1 + 3 * r.uniform(),
    particle: Float64Array.from(c.lifting.particle(mass(), c.place(r))),
  }));
}

/** F of any measure on Ω, by hand: R(Σ shareᵢ Φ(uᵢ)) + Σ shareᵢ V(uᵢ). */
function valueAt({ feature, loss, penalty }: Problem, mu: readonly Share[]): number {
  if (!feature || !loss || !penalty) throw new Error('the cases have all three');
  const f = new Float64Array(feature.size);
  const one = new Float64Array(feature.size);
  for (const { share, particle } of mu) {
    feature.sumInto(particle, 1, one);
    for (let k = 0; k < f.length; k++) f[k] += share * one[k];
  }
  return loss.value(f) + mu.reduce((sum, s) => sum + s.share * penalty.value(s.particle, 1), 0);
}

const near = (a: number, b: number, scale = Math.abs(b)) => Math.abs(a - b) <= 1e-13 * (1 + scale);

/** Two particles of opposite sign at one place. */
function cancels(y: Vec, c: Case): boolean {
  const { dim } = c.problem;
  const signs = new Map<string, number>();
  return Array.from({ length: y.length / dim }, (_, i) => y.subarray(i * dim, (i + 1) * dim)).some(u => {
    const [key, sign] = [
      c.lifting
        .place(u)
        .map(x => x + 0)
        .join(),
      Math.sign(c.lifting.mass(u)),
    ];
    const other = signs.get(key);
    signs.set(key, sign);
    return other !== undefined && other !== sign;
  });
}

for (const c of cases) {
  const { dim } = c.problem;

  lifting(`${c.lifting.name}: normalisation to a probability, and to equal shares, keeps F and the projection`, () => {
    const r = random('lifting', c.lifting.name);
    for (let k = 0; k < MEASURES; k++) {
      const mu = measure(c, r);
      const [wanted, probability] = [valueAt(c.problem, mu), normalised(mu, c.lifting)];
      const y = equalised(mu, dim, c.lifting);
      assert.ok(
        near(
          probability.reduce((sum, s) => sum + s.share, 0),
          1,
        ),
      );
      assert.ok(near(valueAt(c.problem, probability), wanted), `measure ${k}`);
      assert.ok(near(flowOf(c.problem, mu.length).energy(y), wanted), `measure ${k}`);
      assert.ok(near(flowOf(c.problem, mu.length).energy(equalised(probability, dim, c.lifting)), wanted));
    }
  });

  lifting(
    `${c.lifting.name}: J(hμ) ≤ F(μ), equal exactly when nothing cancels, and the slack is β times what cancels`,
    () => {
      const r = random('lifting', `${c.lifting.name}/slack`);
      const seen = [0, 0];
      for (let k = 0; k < MEASURES; k++) {
        const y = equalised(measure(c, r), dim, c.lifting);
        const { lifted: F, projected: J, cancelled } = liftedValue(c.problem, y, c.lifting);
        const scale = F + 1;
        assert.ok(J <= F + 1e-13 * scale, `measure ${k}: J = ${J} above F = ${F}`);
        assert.ok(near(F - J, c.beta * cancelled, scale), `measure ${k}: ${F - J} against ${c.beta * cancelled}`);
        const expected = cancels(y, c);
        assert.is(cancelled > 1e-12, expected, `measure ${k}: ${cancelled}`);
        assert.is(F - J > 1e-12 * scale, expected, `measure ${k}`);
        seen[Number(expected)]++;
      }
      assert.ok(seen[0] > 100, `${seen}`);
      assert.ok(c.signed ? seen[1] > 100 : seen[1] === 0, `${seen}`);
    },
  );

  lifting(`${c.lifting.name}: the projection of the lift is the measure`, () => {
    const r = random('lifting', `${c.lifting.name}/lift`);
    for (let k = 0; k < 100; k++) {
      const nu = projected(equalised(measure(c, r), dim, c.lifting), dim, c.lifting);
      const back = projected(lifted(nu, dim, c.lifting), dim, c.lifting);
      assert.is(back.length, nu.length);
      for (const [i, a] of nu.entries()) {
        assert.ok(near(back[i].weight, a.weight), `${back[i].weight} ≠ ${a.weight}`);
        assert.ok(a.position.every((x, j) => near(back[i].position[j], x)));
      }
    }
  });
}

lifting('equal positions merge, opposite weights vanish, and the zero measure is one particle of mass 0', () => {
  const at = (weight: number, ...position: number[]) => ({ weight, position });
  assert.equal(merged([at(1, 0.5), at(2, 0.25), at(3, 0.5), at(-2, 0.25)]), [at(4, 0.5)]);
  assert.equal(
    merged([at(1, 0), at(1, -0)]).map(a => a.weight),
    [2],
  );
  assert.is(totalVariation([at(1, 0), at(-2, 1)]), 3);
  assert.equal([...lifted([], 3, neuronal)], [0, 0, 0]);
  assert.throws(() => spherical.particle(-1, [1, 0]), /must be ≥ 0, got -1/);
});

lifting.run();
