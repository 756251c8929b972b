/** Matrices and tensors: what is seen of them, their charts, closed-form minima that many particles reach, and data errors. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { observedMatrix } from '../problems/data/matrix-observation.js';
import { functionals, measured, selection } from '../problems/features/measured.js';
import { lowRank, outerProduct, rankOne, symmetricCube, twoHomogeneous } from '../problems/index.js';
import { dopri5, inclusion } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { singularValues, symmetricEigenvalues } from '../src/math/spectrum.js';
import { dot } from '../src/math/vec.js';
import { figures } from '../src/report/figures.js';
import { runExperiment, settingOf } from '../src/run.js';
import { runStudy } from '../src/study.js';
import type { Feature, ProblemSpec, Vec } from '../src/types.js';
import { normals } from './conformance/instances.js';
import { FACTORS, ORTHOGONAL, resolved, SYMMETRIC } from './matrix-experiments.js';
import { wholeRun } from './whole-run.js';

const spec = suite('matrices');

/** Problem, F* by hand, time to reach it. Every one has more particles than components. */
const minima: readonly (readonly [string, object, number, number])[] = [
  ['masked symmetric', { kind: 'low-rank', factors: SYMMETRIC, mask: { fraction: 0.7, seed: 2 } }, 0, 200],
  ['sensed symmetric', { kind: 'low-rank', factors: SYMMETRIC, sensing: { count: 13 } }, 0, 800],
  ['masked w·uvᵀ', { kind: 'low-rank-asymmetric', factors: FACTORS, mask: { fraction: 0.7 } }, 0, 100],
  ['sensed w·uvᵀ', { kind: 'low-rank-asymmetric', factors: FACTORS, sensing: { count: 10 } }, 0, 800],
  ['θ⊗θ⊗θ as it is', { kind: 'tensor', components: ORTHOGONAL }, 0, 200],
  [
    'θ⊗θ⊗θ/|θ|, penalised',
    {
      kind: 'tensor',
      components: ORTHOGONAL,
      chart: 'two-homogeneous',
      lambda: 2,
      penalty: { kind: 'squared', beta: 0.05 },
    },
    // Masses 1.331, 1, 0.729, each less λβ = 0.1: β Σσ − 3·λβ²/2.
    0.05 * 3.06 - 0.0075,
    120,
  ],
];

for (const [name, problem, minimum, end] of minima)
  spec(`${name}: many particles reach the known minimum, and the verdict says so`, async () => {
    const { certificate, outcome } = await runExperiment(resolved(problem, { time: { end } }));
    assert.is(outcome.code, 'end');
    assert.ok(certificate.primal >= minimum - 1e-12 && certificate.primal <= minimum + 1e-6, `${certificate.primal}`);
    assert.ok(Math.abs(certificate.dual - minimum) <= 1e-12, `${certificate.dual}`);
    assert.match(certificate.method, /^closed form/);
  });

spec('w·uvᵀ/|(w, u, v)| under β|u|²: singular values are soft-thresholded by 3√3·λβ', async () => {
  const matrix = [
    [2, 0.3, -0.5, 1],
    [0.1, -1.2, 0.4, 0.6],
    [0.5, 0.2, 0.9, -0.1],
  ];
  const [lambda, beta] = [0.7, 0.1];
  const problem = {
    kind: 'low-rank-asymmetric',
    matrix,
    chart: 'two-homogeneous',
    lambda,
    penalty: { kind: 'squared', beta },
  };
  const { certificate, final } = await runExperiment(resolved(problem, { time: { end: 60 } }));
  const c = 3 * Math.sqrt(3) * beta;
  const wanted = singularValues(matrix).map(s => Math.max(0, s - lambda * c));
  const S = matrix.map((r, a) =>
    r.map((_, b) => final.particles.reduce((s, u) => s + (u[0] * u[1 + a] * u[4 + b]) / Math.hypot(...u), 0) / 16),
  );
  for (const [k, s] of singularValues(S).entries()) assert.ok(Math.abs(s - wanted[k]) <= 1e-5, `${s} for ${wanted[k]}`);
  const [fit, nuclear] = [singularValues(matrix.map((r, a) => r.map((x, b) => x - S[a][b]))), wanted];
  const F = fit.reduce((s, x) => s + x * x, 0) / (2 * lambda) + c * nuclear.reduce((s, x) => s + x, 0);
  assert.ok(Math.abs(certificate.primal - F) <= 1e-6, `${certificate.primal} against ${F}`);
  assert.is(certificate.verdict, 'global-within-gap');
});

spec('θθᵀ under β|θ|²: eigenvalues above 2β, less 2β; negative ones are lost', async () => {
  const matrix = [
    [1, 0.5],
    [0.5, -0.3],
  ];
  const beta = 0.2;
  const { certificate, final } = await runExperiment(
    resolved({ kind: 'low-rank', matrix, penalty: { kind: 'squared', beta } }, { time: { end: 60 } }),
  );
  const [e, negative] = symmetricEigenvalues(matrix);
  const S = matrix.map((r, a) => r.map((_, b) => final.particles.reduce((s, u) => s + u[a] * u[b], 0) / 16));
  assert.ok(Math.abs(symmetricEigenvalues(S)[0] - (e - 2 * beta)) <= 1e-6);
  const wanted = beta ** 2 + beta * (e - 2 * beta) + negative ** 2 / 4;
  assert.ok(Math.abs(certificate.primal - wanted) <= 1e-9 && Math.abs(certificate.dual - wanted) <= 1e-12);
});

spec('w² − |u|² and w² − |v|² are constant along the plain flow', () => {
  const { problem } = settingOf(resolved({ kind: 'low-rank-asymmetric', factors: FACTORS }));
  const flow = flowOf(problem, 5);
  const y0 = normals(flow.size, random('matrices', 'start')).map(x => 0.5 * x);
  const { segments } = wholeRun(inclusion(dopri5.stepper), flow, y0, { end: 20, rtol: 1e-11, atol: 1e-13 });
  const square = (y: Vec, i: number, from: number, to: number) => {
    const part = y.subarray(8 * i + from, 8 * i + to);
    return dot(part, part);
  };
  const kept = (y: Vec) =>
    [0, 1, 2, 3, 4].flatMap(i =>
      [
        [1, 4],
        [4, 8],
      ].map(([a, b]) => square(y, i, 0, 1) - square(y, i, a, b)),
    );
  for (const s of segments)
    for (const [k, x] of kept(s.y1).entries()) assert.ok(Math.abs(x - kept(y0)[k]) <= 1e-9, `${x} at t = ${s.t1}`);
});

spec('a mask that hides nothing is the full problem, a map of all entries too', () => {
  const matrix = [
    [1, 0.5, 0],
    [0.5, -0.3, 0.2],
    [0, 0.2, 2],
  ];
  const whole = lowRank(matrix);
  const masked = settingOf(resolved({ kind: 'low-rank', matrix, mask: { fraction: 1 } })).problem;
  const y = normals(12, random('matrices', 'points'));
  assert.is(flowOf(masked, 4).energy(y), flowOf(whole, 4).energy(y));
  const places = Array.from({ length: 9 }, (_, k) => k);
  const rows = Float64Array.from({ length: 81 }, (_, k) => (k % 10 === 0 ? 1 : 0));
  for (const map of [selection(places, 9), functionals(rows, 9)]) {
    const flow = flowOf({ ...whole, feature: measured(outerProduct(3), map) }, 4);
    const [v, w] = [new Float64Array(12), new Float64Array(12)];
    flow.velocityInto(y, v);
    flowOf(whole, 4).velocityInto(y, w);
    assert.equal(v, w);
  }
});

spec('Gaussian measurements keep lengths on average, and symmetric ones are symmetric', () => {
  const count = 4000;
  for (const symmetric of [true, false]) {
    const matrix = [
      [1, 2, -1],
      [2, 0.5, 3],
      [-1, 3, -2],
    ];
    const seen = observedMatrix({ matrix, sensing: { count } }, { symmetric, product: undefined }, { seed: 's' });
    const mean = dot(seen.targets, seen.targets) / count;
    const square = matrix.flat().reduce((s, x) => s + x * x, 0);
    // Of count squares of N(0, |X|²) the mean has standard deviation √(2/count)|X|².
    assert.ok(Math.abs(mean / square - 1) <= 4 * Math.sqrt(2 / count), `${mean} against ${square}`);
    const { matrices } = seen.frozen.sensing as { matrices: number[][][] };
    assert.is(
      matrices.every(A => A.every((r, a) => r.every((x, b) => x === A[b][a]))),
      symmetric,
    );
  }
});

const at = (feature: Feature, u: Vec): Vec => {
  const out = new Float64Array(feature.size);
  feature.sumInto(u, 1, out);
  return out;
};

/** Φ(u) = u₁u₂u₃u₄. */
const quartic: Feature = {
  name: 'quartic',
  dim: 4,
  size: 1,
  homogeneity: { degree: 4, coordinates: [0, 1, 2, 3] },
  sumInto(y, m, out) {
    out[0] = 0;
    for (let i = 0; i < 4 * m; i += 4) out[0] += (y[i] * y[i + 1] * y[i + 2] * y[i + 3]) / m;
  },
  pullbackInto(y, m, g, out) {
    for (let i = 0; i < 4 * m; i++) {
      const rest = [0, 1, 2, 3].filter(k => k !== i % 4).map(k => y[i - (i % 4) + k]);
      out[i] = g[0] * rest[0] * rest[1] * rest[2];
    }
  },
  pushforwardInto: () => {},
  curvatureInto: () => {},
};

spec('the 2-homogeneous chart is Φ(u)/|u|^{p−2}, and zero with its derivative at 0', () => {
  for (const feature of [rankOne(2, 3), symmetricCube(3), quartic]) {
    const chart = twoHomogeneous(feature);
    const u = normals(feature.dim, random('matrices', feature.name));
    const power = feature === quartic ? 2 : 1;
    const [plain, divided] = [at(feature, u), at(chart, u)];
    for (const [k, x] of divided.entries())
      assert.ok(Math.abs(x - plain[k] / Math.hypot(...u) ** power) <= 1e-14 * Math.hypot(...plain));
    const [zero, out] = [new Float64Array(feature.dim), new Float64Array(feature.dim).fill(7)];
    assert.ok(at(chart, zero).every(x => x === 0));
    chart.pullbackInto(zero, 1, new Float64Array(feature.size).fill(1), out);
    assert.ok(out.every(x => x === 0));
  }
  // Degree 4: the gradient against a central difference.
  const [chart, u, out] = [twoHomogeneous(quartic), Float64Array.of(0.5, -1, 2, 0.3), new Float64Array(4)];
  chart.pullbackInto(u, 1, Float64Array.of(1), out);
  for (const k of u.keys()) {
    const moved = (h: number) =>
      at(
        chart,
        u.map((x, j) => (j === k ? x + h : x)),
      )[0];
    assert.ok(Math.abs((moved(1e-5) - moved(-1e-5)) / 2e-5 - out[k]) <= 1e-9);
  }
  assert.throws(() => twoHomogeneous(outerProduct(3)), /must be of degree > 2/);
});

spec('the distinct entries of a tensor keep the length of the whole', () => {
  const u = Float64Array.of(0.3, -1.2, 0.7, 2);
  const entries = at(symmetricCube(4), u);
  assert.is(entries.length, 20);
  assert.ok(Math.abs(dot(entries, entries) - dot(u, u) ** 3) <= 1e-13 * dot(u, u) ** 3);
});

const TENSOR = [
  [
    [1, 0.5],
    [0.5, 0],
  ],
  [
    [0.5, 0],
    [0, -1],
  ],
];

spec('pictures: singular values, components, and spectra of which nothing is known', async () => {
  const alt = async (problem: ProblemSpec, end = 0.5) => {
    const study = await runStudy(resolved(problem, { time: { end } }), { version: '', node: '', command: '' });
    const [figure] = figures(study);
    return `${figure.title}: ${/aria-label="([^"]*)"/.exec(figure.panels[0].svg)?.[1]}`;
  };
  assert.match(
    await alt(
      {
        kind: 'low-rank-asymmetric',
        matrix: [
          [3, 0, 0],
          [0, -2, 0],
        ],
        chart: 'two-homogeneous',
      },
      60,
    ),
    /^Singular values along the flow: .* at the end 3\.00, 2\.00; of M: 3\.00, 2\.00\.$/,
  );
  assert.match(
    await alt({
      kind: 'low-rank',
      matrix: [
        [1, null],
        [null, 2],
      ],
    }),
    /of M: not known/,
  );
  assert.match(
    await alt({ kind: 'tensor', components: ORTHOGONAL, chart: 'two-homogeneous' }, 300),
    /^Components .* at the end 1\.33, 1\.00, 0\.729; of T: 1\.33, 1\.00, 0\.729\.$/,
  );
  assert.match(await alt({ kind: 'tensor', tensor: TENSOR }), /^Particles along the flow/);
});

spec.run();
