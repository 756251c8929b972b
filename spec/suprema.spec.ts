/** Suprema of |η| with proof for networks and matrices: against dense samples, closed forms and a finite lasso. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { erf, logisticLoss, lowRank, network, relu, reluSignedSquare, sigmoid, tanh } from '../problems/index.js';
import { certify, particleAt, spikesIn } from '../src/diagnostics/certificate.js';
import { flowOf } from '../src/flow.js';
import { circleSupremum, diamondSupremum } from '../src/kernels/arc-supremum.js';
import { planeSupremum } from '../src/kernels/plane-supremum.js';
import { random } from '../src/math/random.js';
import { symmetricEigenvalues } from '../src/math/spectrum.js';
import { dot } from '../src/math/vec.js';
import type { Problem, Spikes, Supremum } from '../src/types.js';
import { columnGeneration, columnOf, lasso } from './column-generation.js';
import { reference } from './truth/reference.js';

const suprema = suite('suprema');
const draw = random('suprema', 'spec');
const normals = (n: number) => Float64Array.from({ length: n }, () => draw.normal());

/** Rows of the plane, some of them on the axes, where breakpoints fall onto corners. */
const rowsOf = (n: number, t: number) => {
  const x = normals(2 * n);
  if (t % 3 === 0) x.set([1, 0]);
  if (t % 4 === 0 && n > 1) x.set([0, -2], 2);
  if (t % 5 === 0 && n > 2) x.fill(0, 4, 6);
  return x;
};

for (const [name, supremum, length] of [
  ['circle', circleSupremum, (a: number, b: number) => Math.hypot(a, b)],
  ['diamond', diamondSupremum, (a: number, b: number) => Math.abs(a) + Math.abs(b)],
] as const)
  suprema(`${name}: no direction exceeds it, it is attained, and a fine grid comes near`, () => {
    for (let t = 0; t < 60; t++) {
      const n = 1 + (t % 9);
      const [g, x, off] = [normals(n), rowsOf(n, t), t % 2 === 0 ? 0 : 0.01];
      const eta = (a: number, b: number) => {
        const z = g.map((gk, k) => {
          const s = a * x[2 * k] + b * x[2 * k + 1];
          return gk * (s > 0 ? s : off * s);
        });
        return Math.abs(z.reduce((sum, v) => sum + v, 0)) / length(a, b);
      };
      const s = supremum(g, x, { off, on: 1 });
      const grid = Math.max(
        ...Array.from({ length: 4000 }, (_, k) => eta(Math.cos((k * Math.PI) / 2000), Math.sin((k * Math.PI) / 2000))),
      );
      assert.ok(s.proof && grid <= s.upper + 1e-13, `${t}: ${grid} above ${s.upper}`);
      assert.ok(s.upper - s.value <= 1e-13, `${t}: ${s.value} below ${s.upper}`);
      assert.ok(Math.abs(eta(s.at[0], s.at[1]) - s.value) <= 1e-13 && Math.abs(length(s.at[0], s.at[1]) - 1) <= 1e-14);
      // |η| has a slope of at most 2 Σ|g||x| in the angle.
      const steep = g.reduce((sum, gk, k) => sum + 2 * Math.abs(gk) * Math.hypot(x[2 * k], x[2 * k + 1]), 0);
      assert.ok(s.value <= grid + (steep * Math.PI) / 2000, `${t}: ${s.value} far above ${grid}`);
    }
  });

for (const unit of [sigmoid, tanh, erf])
  for (const flat of [false, true])
    suprema(`${unit.name} over the ${flat ? 'line' : 'plane'}: sharp, attained, above dense samples`, () => {
      for (let t = 0; t < 3; t++) {
        const n = 1 + ((5 * t) % 12);
        const [g, x] = [normals(n), rowsOf(n, t + 1)];
        if (flat) for (let k = 0; k < n; k++) x[2 * k + 1] = 0;
        const rows = { x, flat, unit: { ...unit, third: unit.third as number } };
        const s = planeSupremum(g, rows);
        const eta = (a: number, b: number) =>
          Math.abs(g.reduce((sum, gk, k) => sum + gk * unit.value(a * x[2 * k] + b * x[2 * k + 1]), 0));
        assert.ok(s.proof && s.upper >= s.value && s.upper - s.value <= 1e-6 * s.value, `${t}: ${s.value}, ${s.upper}`);
        assert.ok(Math.abs(eta(s.at[0], s.at[1] ?? 0) - s.value) <= 1e-12 * s.value);
        for (let k = 0; k < 1500; k++) {
          const [angle, r] = [2 * Math.PI * draw.uniform(), Math.exp(14 * draw.uniform() - 4)];
          const met = eta(r * Math.cos(angle), flat ? 0 : r * Math.sin(angle));
          assert.ok(met <= s.upper * (1 + 1e-12), `${t}: ${met} above ${s.upper}`);
        }
      }
    });

suprema('over a box the supremum is as sharp on a wall and in a corner as inside', () => {
  const seen = { inside: 0, wall: 0, corner: 0 };
  for (let t = 0; t < 12; t++) {
    // σ(z) − σ(3z) in each coordinate has its extrema inside.
    const bump = t % 3 === 0;
    const g = bump ? Float64Array.of(1, -1, 0.5, -0.5) : normals(30);
    const x = bump ? Float64Array.of(1, 0, 3, 0, 0, 2, 0, 6).map(v => v * (1 + t / 9)) : rowsOf(30, t + 1);
    const box = t % 2 === 0 ? { from: -1, to: 2 } : { from: -20, to: 20 };
    const s = planeSupremum(g, { x, flat: false, unit: { ...sigmoid, third: 1 / 8 } }, box);
    const eta = (a: number, b: number) =>
      Math.abs(g.reduce((sum, gk, k) => sum + gk * sigmoid.value(a * x[2 * k] + b * x[2 * k + 1]), 0));
    assert.ok(s.proof && s.upper >= s.value && s.upper - s.value <= 2e-8 * s.value, `${t}: ${s.value}, ${s.upper}`);
    assert.ok(Math.abs(eta(s.at[0], s.at[1]) - s.value) <= 1e-12 * s.value, `${t}: attained`);
    const places = Array.from({ length: 301 }, (_, k) => box.from + ((box.to - box.from) * k) / 300);
    const grid = Math.max(...places.flatMap(a => places.map(b => eta(a, b))));
    assert.ok(grid <= s.upper * (1 + 1e-13), `${t}: ${grid} above ${s.upper}`);
    seen[(['inside', 'wall', 'corner'] as const)[[...s.at].filter(c => c === box.from || c === box.to).length]]++;
  }
  assert.ok(
    Object.values(seen).every(n => n > 0),
    JSON.stringify(seen),
  );
});

suprema('the supremum over the plane may lie at infinity, where units are steps', () => {
  // The three rows sum to 0: at most two units are on, and only at infinity wholly.
  const s = planeSupremum(Float64Array.of(1, 1, 1), {
    x: Float64Array.of(1, 0, 0, 1, -1, -1),
    flat: false,
    unit: { ...sigmoid, third: 1 / 8 },
  });
  assert.ok(Math.abs(s.upper - 2) <= 1e-7 && s.value <= 2, `${s.value}, ${s.upper}`);
  assert.ok(Math.hypot(...s.at) > 10, 'far out');
});

suprema('σ‴ stays below its bound, and touches it at 0', () => {
  for (const { bend, third, name } of [sigmoid, tanh, erf]) {
    const slope = (z: number) => Math.abs(bend(z + 1e-5) - bend(z - 1e-5)) / 2e-5;
    const most = Math.max(...Array.from({ length: 4001 }, (_, k) => slope((k - 2000) / 400)));
    assert.ok(most <= (third as number) * (1 + 1e-8) && most >= (third as number) * (1 - 1e-8), `${name}: ${most}`);
  }
});

suprema('low rank: the top eigenvalue of the symmetric part, attained', () => {
  for (const d of [1, 2, 5]) {
    const problem = lowRank(Array.from({ length: d }, () => new Array(d).fill(0)));
    const g = normals(d * d);
    const s = problem.supremum?.(g) as Supremum;
    const symmetric = Array.from({ length: d }, (_, i) =>
      Array.from({ length: d }, (_, j) => (g[i * d + j] + g[j * d + i]) / 2),
    );
    const top = Math.max(0, symmetricEigenvalues(symmetric)[0]);
    assert.ok(Math.abs(s.value - top) <= 1e-13 * (1 + top) && s.upper >= top && s.upper <= top + 1e-12);
    assert.ok(Math.abs(Math.hypot(...s.at) - 1) <= 1e-14);
  }
});

const ofAtoms = (weights: readonly number[], atoms: readonly Float64Array[], spikes: Spikes) => {
  const used = atoms.flatMap((u, j) => (weights[j] === 0 ? [] : [{ u, w: weights[j] * atoms.length }]));
  return Float64Array.from(
    // The particles that are left out weigh nothing, and count.
    [...used, ...Array.from({ length: atoms.length - used.length }, () => ({ u: atoms[0], w: 0 }))].flatMap(
      ({ u, w }) => {
        if (spikes.weight === undefined) return [...u].map(x => x * Math.sqrt(w));
        const size = Math.sqrt(Math.abs(w));
        return spikes.directions ? [Math.sign(w) * size, ...[...u.slice(1)].map(x => x * size)] : [w, ...u.slice(1)];
      },
    ),
  );
};

const sample = (r: string) => {
  const { X, y } = reference(r).problem as unknown as { X: number[][]; y: number[] };
  const inputs = { rows: X.length, columns: X[0].length, values: Float64Array.from(X.flat()) };
  return { inputs, targets: Float64Array.from(y) };
};

suprema(
  'signed squares: breakpoints and corners are all that the supremum needs, so that the lasso on them closes the gap',
  () => {
    const { inputs, targets } = sample('relu-sqsign-m8');
    const [n, x] = [12, inputs.values.slice(0, 24)];
    const data = { inputs: { rows: n, columns: 2, values: x }, targets: targets.slice(0, n) };
    const problem = reluSignedSquare({ data, penalty: { kind: 'squared', beta: 1e-3 } });
    const spikes = spikesIn(problem) as Spikes;
    const directions = [
      ...Array.from({ length: n }, (_, k) => [
        [-x[2 * k + 1], x[2 * k]],
        [x[2 * k + 1], -x[2 * k]],
      ]).flat(),
      ...[0, 1].flatMap(k => [1, -1].map(s => (k === 0 ? [s, 0] : [0, s]))),
    ];
    const atoms = directions.map(([a, b]) => {
      const length = Math.abs(a) + Math.abs(b);
      return Float64Array.from([a, b], s => Math.sign(s) * Math.sqrt(Math.abs(s) / length));
    });
    const weights = atoms.map(() => 0);
    const minimum = lasso(
      problem,
      spikes,
      atoms.map(u => columnOf(problem, u)),
      weights,
      100_000,
    );
    // The copies alternate: each atom stands on the one of its sign, beside an empty particle on the other.
    const y = Float64Array.from(
      atoms.flatMap((u, j) => {
        const there = [...u].map(v => v * Math.sqrt(2 * atoms.length * Math.abs(weights[j])));
        return weights[j] >= 0 ? [...there, 0, 0] : [0, 0, ...there];
      }),
    );
    const m = 2 * atoms.length;
    const c = certify(problem, y, m, flowOf(problem, m).energy(y));
    assert.ok(Math.abs(c.primal - minimum) <= 1e-14, `${c.primal} against ${minimum}`);
    assert.ok(c.proof && c.gap >= -1e-15 && c.gap <= 1e-3 * minimum, `gap ${c.gap} at ${minimum}`);
    const q = new Float64Array(n);
    const f = new Float64Array(n);
    problem.feature?.sumInto(y, m, f);
    problem.loss?.gradientInto(f, q);
    const largest = Math.max(...atoms.map(u => Math.abs(dot(columnOf(problem, u), q))));
    assert.ok(Math.abs(c.maxAbsEta - largest) <= 1e-15, `${c.maxAbsEta} over all, ${largest} over the columns`);
  },
);

const plane = (n: number) => {
  const { inputs, targets } = sample('relu-classic-m6');
  const values = inputs.values.slice(0, 2 * n);
  return { inputs: { rows: n, columns: 2, values }, targets: targets.slice(0, n) };
};
const line = (n: number) => {
  const values = Float64Array.from({ length: n }, (_, k) => (k + 0.5) / n - 0.4);
  return { inputs: { rows: n, columns: 1, values }, targets: values.map(v => Math.cos(4 * v)) };
};

const certified: Readonly<Record<string, Problem>> = {
  'ReLU in the plane, V = β|u|²': network({
    data: plane(12),
    activation: relu,
    penalty: { kind: 'squared', beta: 0.01 },
  }),
  'ReLU on a line with bias, V = β|w||θ|': network({
    data: line(9),
    activation: relu,
    bias: true,
    penalty: { kind: 'abs-product', beta: 0.02 },
  }),
  'sigmoid on a line with bias': network({
    data: line(9),
    activation: sigmoid,
    bias: true,
    penalty: { kind: 'abs-weight', beta: 0.01 },
  }),
  'sigmoid in a box': network({
    data: plane(9),
    activation: sigmoid,
    penalty: { kind: 'abs-weight', beta: 0.01 },
    box: { from: -3, to: 3 },
  }),
};

for (const [name, problem] of Object.entries(certified))
  suprema(`${name}: column generation closes the gap`, () => {
    const spikes = spikesIn(problem) as Spikes;
    const { value, weights, atoms } = columnGeneration(problem, 30);
    const y = ofAtoms(weights, atoms, spikes);
    const m = atoms.length;
    const c = certify(problem, y, m, flowOf(problem, m).energy(y));
    assert.ok(Math.abs(c.primal - value) <= 1e-12, `F of the particles ${c.primal}, of the spikes ${value}`);
    // It converges like 1/k in the end: what matters is that the bounds meet.
    assert.ok(c.proof && c.gap >= -1e-12 && c.gap <= 2e-3 * value, `${name}: gap ${c.gap} at ${value}`);
    // The first atom alone is not optimal, and the certificate says so with a bound that holds.
    const lone = Float64Array.from(particleAt(spikes, columnGeneration(problem, 1).atoms[0].slice(1)));
    const off = certify(problem, lone, 1, flowOf(problem, 1).energy(lone));
    assert.is(off.verdict, 'not-global');
    assert.ok(off.excessAtLeast <= off.primal - c.dual && off.dual <= value, `${off.excessAtLeast}, ${off.dual}`);
  });

suprema('the logistic loss: the best scale is stationary, and both bounds hold', () => {
  const labels = Float64Array.of(1, -1, 1, 1, -1);
  const loss = logisticLoss(labels, 5);
  const q = new Float64Array(5);
  loss.gradientInto(normals(5), q);
  const eta = q.map(v => -v);
  const best = loss.bestScale?.(eta) as number;
  const bound = (alpha: number) => -(loss.conjugate?.(eta.map(v => -alpha * v)) as number);
  for (const away of [-1e-3, 1e-3]) assert.ok(bound(best + away) < bound(best), `${best}`);
  const problem = network({
    data: { ...line(5), targets: labels },
    activation: sigmoid,
    bias: true,
    loss: { kind: 'logistic' },
    penalty: { kind: 'abs-weight', beta: 0.02 },
  });
  const certificates = Array.from({ length: 12 }, () => {
    const y = normals(9);
    return certify(problem, y, 3, flowOf(problem, 3).energy(y));
  });
  const [least, most] = [Math.min(...certificates.map(c => c.primal)), Math.max(...certificates.map(c => c.dual))];
  assert.ok(certificates.every(c => c.proof && c.dual >= 0) && most > 0.2 && most <= least, `${most} ≤ ${least}`);
});

suprema('in higher dimensions what is met by climbing proves an excess, never a minimum', () => {
  const inputs = { rows: 12, columns: 3, values: normals(36) };
  const penalties = [{ kind: 'squared', beta: 1e-3 }, { kind: 'abs-product', beta: 1e-3 }, undefined] as const;
  for (const penalty of penalties) {
    const given = { data: { inputs, targets: normals(12) }, activation: relu };
    const problem = network(penalty ? { ...given, penalty } : given);
    const y = normals(8);
    const c = certify(problem, y, 2, flowOf(problem, 2).energy(y));
    assert.equal([c.proof, c.verdict, c.decidedBy, c.gap], [false, 'not-global', 'excess', Number.POSITIVE_INFINITY]);
    assert.match(c.method, 'not a proof');
    // It is what a spike there gains.
    const gain = (w: number) => {
      const grown = y.map(v => v * Math.sqrt(1.5));
      const size = Math.sqrt(3 * Math.abs(w));
      return (
        c.primal - flowOf(problem, 3).energy(Float64Array.of(...grown, Math.sign(w) * size, ...c.at.map(a => size * a)))
      );
    };
    const best = Math.max(...Array.from({ length: 4001 }, (_, k) => gain((k - 2000) / 200)));
    assert.ok(best >= 0.99 * c.excessAtLeast, `${best} against ${c.excessAtLeast}`);
  }
});

suprema.run();
