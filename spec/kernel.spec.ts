/** Kernels of deconvolution: against the functions that they stand for, and against each other. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gaussianCoefficients, gaussianTail } from '../problems/data/kernel.js';
import { observeTorus } from '../problems/data/torus-observation.js';
import { deconvolution, deconvolutionKind } from '../problems/index.js';
import { parseExperiment } from '../src/experiment-file.js';
import { convolution } from '../src/kernels/convolution.js';
import { torusBasis } from '../src/kernels/torus.js';
import { random } from '../src/math/random.js';
import { dot } from '../src/math/vec.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment } from '../src/run.js';
import type { BuiltProblem, ProblemContext, ProblemSpec, Vec } from '../src/types.js';
import { normals } from './conformance/instances.js';

const spec = suite('kernels');
const DIMENSIONS = [1, 2, 3] as const;

/** p(θ) = ⟨g, φ(θ)⟩ */
function value(g: Vec, d: number, K: number, period: number, at: readonly number[]): number {
  const jet = new Float64Array(1 + d + d * d);
  torusBasis(d, K, period).jetInto(Float64Array.from(at), 0, g, 0, jet);
  return jet[0];
}
const places = (d: number, n: number): number[][] => {
  const draw = random('kernels', `places ${d}`);
  return Array.from({ length: n }, () => Array.from({ length: d }, () => 3 * draw.uniform() - 1));
};
const refuse = (f: { message: string }): never => {
  throw new Error(f.message);
};
const context = (files: Readonly<Record<string, string | Uint8Array>> = {}): ProblemContext => ({
  read: path => files[path] as string,
  readBytes: path => files[path] as Uint8Array,
  seed: 's',
});
const problem = (more: object = {}): ProblemSpec => ({
  kind: 'deconvolution',
  order: 4,
  lambda: 0.5,
  observation: {
    spikes: [
      [1, 0.2],
      [-0.7, 0.65],
    ],
  },
  ...more,
});
const built = (more: object = {}, files = {}): BuiltProblem =>
  deconvolutionKind.build(problem(more), context(files), refuse);

/** A version 1 file of float64 in C order. */
function npy(shape: readonly number[], values: readonly number[]): Uint8Array {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`;
  const numbers = new Uint8Array(Float64Array.from(values).buffer);
  return new Uint8Array([0x93, 78, 85, 77, 80, 89, 1, 0, header.length, 0, ...Buffer.from(header), ...numbers]);
}

for (const d of DIMENSIONS)
  for (const period of [1, 5])
    spec(
      `the Gaussian of period ${period} in dimension ${d} is the periodised sum, up to the tail that is stated`,
      () => {
        const [sigma, order] = [0.09 * period, 5];
        const band = { dimension: d, order, period };
        const tail = gaussianTail(sigma, band);
        assert.ok(tail > 1e-6 && tail < 1e-2, `${tail}`);
        const axis = (x: number) => {
          let sum = 0;
          for (let n = -6; n <= 6; n++) sum += Math.exp(-((x + n * period) ** 2) / (2 * sigma ** 2));
          return (sum * period) / (sigma * Math.sqrt(2 * Math.PI));
        };
        const psi = gaussianCoefficients(sigma, band);
        const peak = axis(0) ** d;
        let worst = 0;
        for (const at of [...places(d, 30), Array<number>(d).fill(0)]) {
          const periodised = at.reduce((product, x) => product * axis(period * x), 1);
          const found = value(
            psi,
            d,
            order,
            period,
            at.map(x => period * x),
          );
          worst = Math.max(worst, Math.abs(found - periodised) / peak);
        }
        assert.ok(worst <= tail * (1 + 1e-9), `${worst} against ${tail}`);
        // At 0 all that is left out adds up, and the geometric series is little more.
        assert.ok(worst >= 0.9 * tail, `${worst} against ${tail}`);
      },
    );

for (const d of DIMENSIONS)
  spec(`in dimension ${d} the coefficients of ψ * δ are ψ shifted, for a kernel that is not even`, () => {
    const [K, period] = [2, 2];
    const psi = normals(5 ** d, random('kernels', `psi ${d}`));
    const C = convolution(psi, d, K);
    const [p, x] = places(d, 2);
    const nu = observeTorus([[1.3, ...p]], { dimension: d, order: K, period }, 0, random('a', 'b'));
    const seen = new Float64Array(nu.length);
    C.applyInto(nu, seen);
    const direct =
      1.3 *
      value(
        psi,
        d,
        K,
        period,
        x.map((t, j) => t - p[j]),
      );
    assert.ok(Math.abs(value(seen, d, K, period, x) - direct) <= 1e-12 * 5 ** d);
    const [g, z] = [normals(5 ** d, random('kernels', 'g')), normals(5 ** d, random('kernels', 'z'))];
    C.applyInto(z, seen);
    assert.ok(Math.abs(dot(g, seen) - dot(C.adjoint(g), z)) <= 1e-12 * 5 ** d, 'adjoint');
  });

spec('the Dirichlet kernel, sampled in an array or in a table of any order, changes nothing', () => {
  const dirichlet = (x: number) => 1 + 2 * [1, 2, 3, 4].reduce((s, k) => s + Math.cos(2 * Math.PI * k * x), 0);
  const at = Array.from({ length: 11 }, (_, i) => i / 11);
  const rows = at.map(x => [x - (x > 0.5 ? 1 : 0), dirichlet(x)].join()).reverse();
  const files = {
    'psi.npy': npy([11], at.map(dirichlet)),
    'middle.npy': npy(
      [11],
      at.map((_, i) => dirichlet((i - 5) / 11)),
    ),
    'psi.csv': ['x,y', ...rows].join('\n'),
  };
  const plain = built();
  const y = normals(10);
  const force = ({ problem: p }: BuiltProblem) => {
    const [f, g, out] = [new Float64Array(9), new Float64Array(9), new Float64Array(10)];
    p.feature?.sumInto(y, 5, f);
    p.loss?.gradientInto(f, g);
    p.feature?.pullbackInto(y, 5, g, out);
    return out;
  };
  const wanted = force(plain);
  for (const kernel of [
    { kind: 'dirichlet' },
    { kind: 'sampled', file: 'psi.npy' },
    { kind: 'sampled', file: 'psi.csv' },
    { kind: 'sampled', file: 'middle.npy', origin: 'middle' },
  ]) {
    const found = built({ kernel }, files);
    assert.ok(
      force(found).every((v, k) => Math.abs(v - wanted[k]) <= 1e-11),
      JSON.stringify(kernel),
    );
    const again = deconvolutionKind.build(found.frozen, context(), refuse);
    assert.equal(force(again), force(found), 'frozen, it needs no file');
  }
});

spec('a shifted kernel sees what the kernel sees of shifted spikes', () => {
  const band = { dimension: 2, order: 3, period: 1 } as const;
  const psi = gaussianCoefficients(0.1, band);
  const shifted = observeTorus([[1, 0.3, -0.1]], band, 0, random('a', 'b'), convolution(psi, 2, 3));
  const N = 9;
  const grid = Array.from({ length: N * N }, (_, k) => value(shifted, 2, 3, 1, [Math.floor(k / N) / N, (k % N) / N]));
  const observed = (kernel: object, spike: number[]) => {
    const o = built(
      { dimension: 2, order: 3, kernel, observation: { spikes: [spike] } },
      { 'psi.npy': npy([N, N], grid) },
    );
    return (o.frozen.observation as { coefficients: number[] }).coefficients;
  };
  const direct = observed({ kind: 'gaussian', sigma: 0.1 }, [2, 0.5, 0.4]);
  const turned = observed({ kind: 'sampled', file: 'psi.npy' }, [2, 0.2, 0.5]);
  assert.ok(direct.every((c, k) => Math.abs(c - turned[k]) <= 1e-13));
});

spec('samples of a signal on a grid, and coefficients in a file, are the observation they were made from', () => {
  const y = normals(49, random('kernels', 'signal'));
  const N = 8;
  const grid = Array.from({ length: N * N }, (_, k) => value(y, 2, 3, 1, [Math.floor(k / N) / N, (k % N) / N]));
  const files = {
    'image.npy': npy([N, N], grid),
    'y.npy': npy([7, 7], [...y]),
    'short.npy': npy([48], [...y].slice(1)),
    'small.npy': npy([6, 9], grid.slice(0, 54)),
  };
  const of = (observation: object) =>
    (built({ dimension: 2, order: 3, observation }, files).frozen.observation as { coefficients: number[] })
      .coefficients;
  assert.ok(of({ samples: 'image.npy' }).every((c, k) => Math.abs(c - y[k]) <= 1e-13));
  assert.equal(of({ file: 'y.npy' }), [...y]);
  assert.throws(() => of({ file: 'short.npy' }), /short.npy: 49 numbers are wanted, found 48/);
  assert.throws(() => of({ samples: 'small.npy' }), /order 3 needs at least 7 points along each axis, found \(6, 9\)/);
});

for (const dimension of [1, 2])
  spec(
    `the supremum seen through a kernel in dimension ${dimension} is no smaller than any value, and attained`,
    () => {
      const size = 9 ** dimension;
      const kernel = { kind: 'coefficients', values: [...normals(size, random('kernels', 'any'))] };
      const spikes = [[1, 0.2, 0.3].slice(0, 1 + dimension)];
      const { problem: p } = built({ dimension, kernel, observation: { spikes } });
      const g = normals(size, random('kernels', 'certificate'));
      const eta = (at: readonly number[]) => {
        const phi = new Float64Array(size);
        p.feature?.sumInto(Float64Array.of(1, ...at), 1, phi);
        return Math.abs(dot(g, phi));
      };
      const sup = p.supremum?.(g);
      assert.ok(sup?.proof && sup.upper <= sup.value * (1 + 1e-9));
      assert.ok(Math.abs(eta([...sup.at]) - sup.value) <= 1e-10 * sup.value);
      for (const at of places(dimension, 2000)) assert.ok(eta(at) <= sup.upper);
    },
  );

spec('a flow through a Gaussian ends at the global minimum by its certificate, and pgf says what was cut', async () => {
  const value = {
    problem: problem({ order: 8, lambda: 0.02, kernel: { kind: 'gaussian', sigma: 0.07 } }),
    particles: { count: 20 },
    solver: { kind: 'inclusion', rtol: 1e-8 },
    time: { end: 4 },
  };
  const { experiment } = resolveExperiment(parseExperiment(JSON.stringify(value), 'e.json'));
  const { certificate, audit, notes } = await runExperiment(experiment);
  assert.ok(
    certificate.proof && certificate.gap >= 0 && certificate.gap <= 1e-2 * certificate.primal,
    `${certificate.gap}`,
  );
  assert.ok(audit.relativeDefect <= 1e-6);
  assert.match(
    notes.join(),
    /Gaussian kernel of σ = 0.07 cut at order 8: what is left out is at most \d\.\de-\d+ of its peak/,
  );
});

spec('kernels that cannot be are refused', () => {
  const faults = (kernel: object) =>
    deconvolutionKind
      .faults(problem({ kernel }))
      .map(f => f.message)
      .join();
  assert.match(
    faults({ kind: 'coefficients', values: [1, 2, 3] }),
    /order 4 needs 2K\+1 = 9 numbers, found 3; 3 coefficients/,
  );
  const sampled = (text: string) => () => built({ kernel: { kind: 'sampled', file: 'p.csv' } }, { 'p.csv': text });
  const rows = (n: number, x: (i: number) => number) =>
    ['x,y', ...Array.from({ length: n }, (_, i) => `${x(i)},${i % 3}`)].join('\n');
  assert.throws(sampled(rows(8, i => i / 8)), /order 4 needs at least 9 points along each axis, found \(8\)/);
  assert.throws(sampled(rows(12, i => (i / 12) ** 2)), /is not a place of its own on a uniform grid of 12 points/);
  assert.throws(sampled(rows(12, i => (i % 10) / 10)), /row 11 is not a place of its own/);
  assert.throws(sampled(rows(12, i => i / 12).replaceAll(/,\d/g, ',0')), /the kernel is 0 up to order 4/);
  assert.throws(sampled('x,y\n0,a'), /p.csv:2:2: a finite number is wanted/);
  assert.throws(
    () => deconvolution({ order: 1, lambda: 1, beta: 1, coefficients: normals(3), kernel: normals(5) }),
    RangeError,
  );
});

spec.run();
