/** The semidefinite approach: its cone and barrier, and F* of the reference cases by three methods that share nothing but the certificate. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gaussianCoefficients } from '../problems/data/kernel.js';
import { torusDeconvolution } from '../problems/index.js';
import { auto } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { logDetGradient, logDetHessian, toeplitzInverse } from '../src/kernels/toeplitz.js';
import { synthesiseInto } from '../src/kernels/trigonometric.js';
import { random } from '../src/math/random.js';
import { slidingFrankWolfe } from '../src/measure/frank-wolfe.js';
import { polish } from '../src/measure/polish.js';
import type { Program } from '../src/measure/program.js';
import { semidefinite, type Trigonometric, trigonometricOf } from '../src/measure/semidefinite.js';
import { fourGaussians, program, solved } from './measure.js';
import { problemOf, reference } from './truth/reference.js';
import { wholeRun } from './whole-run.js';

const spec = suite('semidefinite');
const K = 4;

/** The moments of 2K + 2 atoms ≥ 0: inside the cone. */
function moments(seed: string, atoms = 2 * K + 2): Float64Array {
  const draw = random('semidefinite', seed);
  const u = new Float64Array(2 * K + 1);
  synthesiseInto(
    Float64Array.from({ length: 2 * atoms }, () => draw.uniform()),
    atoms,
    K,
    1,
    u,
  );
  return u;
}

function trigonometric(p: Program): Trigonometric {
  const made = trigonometricOf(p);
  if (typeof made === 'string') throw new Error(made);
  return made;
}

spec(
  'T(u) is positive definite for the moments of many atoms ≥ 0, singular for few, and not for a negative one',
  () => {
    assert.ok(toeplitzInverse(moments('a'), K));
    const few = moments('b', K);
    few[0] -= 1e-9;
    assert.is(toeplitzInverse(few, K), null);
    few[0] += 1e-6;
    assert.ok(toeplitzInverse(few, K));
  },
);

spec('log det of the uniform measure, and of two numbers by hand', () => {
  const flat = new Float64Array(2 * K + 1);
  flat[0] = 3;
  assert.ok(Math.abs((toeplitzInverse(flat, K)?.logDet ?? 0) - (K + 1) * Math.log(3)) <= 1e-14);
  // K = 1: T = [[a, c̄], [c, a]] with |c|² = (x² + y²)/2.
  const W = toeplitzInverse(Float64Array.of(2, 0.7, -0.4), 1);
  assert.ok(Math.abs((W?.logDet ?? 0) - Math.log(4 - (0.49 + 0.16) / 2)) <= 1e-15);
});

spec('gradient and Hessian of the barrier are its slopes', () => {
  const u = moments('c');
  const at = (k: number, d: number) => {
    const W = toeplitzInverse(
      u.map((x, l) => (l === k ? x + d : x)),
      K,
    );
    if (!W) throw new Error('outside');
    return W;
  };
  const W = at(0, 0);
  const [gradient, H] = [logDetGradient(W), logDetHessian(W)];
  const size = Math.max(...H.map(Math.abs));
  for (let k = 0; k < u.length; k++) {
    const slope = (at(k, 1e-5).logDet - at(k, -1e-5).logDet) / 2e-5;
    assert.ok(Math.abs(slope - gradient[k]) <= 1e-7 * (1 + Math.abs(gradient[k])), `gradient, ${k}`);
    const [ahead, back] = [logDetGradient(at(k, 1e-6)), logDetGradient(at(k, -1e-6))];
    for (let l = 0; l < u.length; l++)
      assert.ok(Math.abs((back[l] - ahead[l]) / 2e-6 - H[k * u.length + l]) <= 1e-8 * size, `Hessian, ${k}, ${l}`);
  }
});

for (const name of ['deconv-weak-m10', 'deconv-strong-m10', 'deconv-cross-m12'])
  spec(`${name}: the flow, sliding Frank–Wolfe and the semidefinite program agree on F*`, () => {
    const r = reference(name);
    const problem = problemOf(r);
    const Fstar = r.optimum?.Fstar ?? Number.NaN;
    const m = 20;
    const start = problem.initial.grid.draw(m, random('semidefinite', 'unused'));
    const { last } = wholeRun(auto, flowOf(problem, m), start, { end: 4, rtol: 1e-8 });
    const finish = polish(problem, last, m);
    const sliding = solved(slidingFrankWolfe(program(problem))).last;
    const cone = solved(semidefinite(trigonometric(program(problem))));
    assert.ok(finish && cone.end.ok);
    const found = [finish.upper, sliding.energy, cone.last.energy];
    for (const F of found) assert.ok(Math.abs(F - Fstar) <= 1e-9 * Fstar, `${found}`);
    for (const gap of [finish.upper - finish.lower, sliding.gap, cone.last.gap])
      assert.ok(gap <= 1e-9 * Fstar, `${gap}`);
    // Along the path F of the moments comes down to F*, and no bound passes it.
    for (const { energy, gap } of cone.iterates)
      assert.ok(energy >= Fstar * (1 - 1e-12) && energy - gap <= Fstar * (1 + 1e-12));
    assert.is(cone.last.atoms?.length, r.optimum?.positions.length);
    for (const [i, atom] of [...(cone.last.atoms ?? [])].sort((a, b) => a.position[0] - b.position[0]).entries()) {
      assert.ok(Math.abs(atom.position[0] - (r.optimum?.positions[i] ?? 9)) <= 1e-6, `position ${atom.position}`);
      assert.ok(Math.abs(atom.weight - (r.optimum?.weights[i] ?? 9)) <= 1e-6, `weight ${atom.weight}`);
    }
  });

for (const nonnegative of [false, true])
  spec(`through a Gaussian kernel, on a circle of length 3${nonnegative ? ', measures ≥ 0' : ''}`, () => {
    const draw = random('semidefinite', 'kernel');
    const band = { dimension: 1, order: 12, period: 3 } as const;
    const given = { ...band, lambda: 0.1, beta: 1, kernel: gaussianCoefficients(0.06, band), nonnegative };
    const spikes = [0.3, 1.1, 1.9, 2.6].map((x, i) => ({ weight: nonnegative || i % 2 === 0 ? 1 : -1, position: [x] }));
    const clean = program(torusDeconvolution({ ...given, coefficients: new Float64Array(25) })).sum(spikes);
    const problem = torusDeconvolution({ ...given, coefficients: clean.map(x => x + 0.01 * draw.normal()) });
    const sliding = solved(slidingFrankWolfe(program(problem))).last;
    const { last } = solved(semidefinite(trigonometric(program(problem))));
    assert.ok(Math.abs(last.energy - sliding.energy) <= 1e-9 * sliding.energy, `${last.energy} ${sliding.energy}`);
    assert.ok(last.gap <= 1e-6 * last.energy && last.energy - last.gap <= sliding.energy * (1 + 1e-12));
    if (nonnegative) assert.ok(last.atoms?.every(a => a.weight > 0));
  });

spec('where there is no such form it says why', () => {
  const torus = { order: 2, lambda: 1, coefficients: new Float64Array(25), dimension: 2 } as const;
  assert.match(trigonometricOf(program(torusDeconvolution({ ...torus, beta: 1 }))) as string, /on the circle alone/);
  assert.match(trigonometricOf(program(fourGaussians(0, random('a', 'b')))) as string, /on the circle alone/);
  const flat = { order: 12, lambda: 1, dimension: 1, coefficients: new Float64Array(25) } as const;
  assert.match(trigonometricOf(program(torusDeconvolution({ ...flat, beta: 0 }))) as string, /β is 0/);
});

spec.run();
