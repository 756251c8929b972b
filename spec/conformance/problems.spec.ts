/** Every registered feature, loss, penalty and field keeps its contract: derivatives, adjoints, resolvents, homogeneity. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { square } from '../../problems/index.js';
import { flowOf } from '../../src/flow.js';
import { random } from '../../src/math/random.js';
import { dot, maxAbs } from '../../src/math/vec.js';
import type { Branch, Feature, Penalty, Vec } from '../../src/types.js';
import { packageRoot } from '../truth/reference.js';
import { features, fields, losses, normals, penalties } from './instances.js';

const conformance = suite('problems');
const chance = random('conformance', 'points');
const draw = (n: number) => normals(n, chance);

const [M, POINTS] = [3, 20];
const points = (n: number): Vec[] => Array.from({ length: POINTS }, () => draw(n));

const plus = (a: Vec, b: Vec, s: number): Vec => a.map((x, i) => x + s * b[i]);
const minus = (a: Vec, b: Vec): Vec => plus(a, b, -1);
const filled = (n: number, into: (out: Vec) => void): Vec => {
  const out = new Float64Array(n);
  into(out);
  return out;
};
const near = (found: Vec, wanted: Vec, tolerance: number, what: string): void => {
  const off = maxAbs(minus(found, wanted)) / (maxAbs(wanted) || 1);
  assert.ok(off <= tolerance, `${what}: off by ${off} of the largest entry`);
};

const STEP = 1e-5;
/** Central differences of a function of y, one per coordinate. */
const gradientOf = (f: (y: Vec) => number, y: Vec): Vec =>
  y.map((_, k) => {
    const e = Float64Array.from(y, (_, j) => (j === k ? STEP : 0));
    return (f(plus(y, e, 1)) - f(plus(y, e, -1))) / (2 * STEP);
  });
/** The central difference of a map along x. */
const along = (map: (y: Vec) => Vec, y: Vec, x: Vec): Vec =>
  minus(map(plus(y, x, STEP)), map(plus(y, x, -STEP))).map(d => d / (2 * STEP));

conformance('everything registered has an instance here', () => {
  const index = readFileSync(new URL('problems/index.ts', packageRoot), 'utf8');
  const tables = { features, losses, penalties, fields };
  for (const [folder, table] of Object.entries(tables)) {
    const lines = [...index.matchAll(new RegExp(`^export \\{ (.+) \\} from './${folder}/`, 'gm'))];
    const names = lines.flatMap(([, list]) => list.split(', '));
    assert.ok(names.length > 0, folder);
    assert.equal(Object.keys(table).sort(), names.sort(), `spec/conformance/instances.ts, ${folder}`);
  }
});

/** The side of every kink, as the flow would freeze it. */
function patternAt({ kinks }: Feature, y: Vec): Branch | undefined {
  if (!kinks) return undefined;
  return Int8Array.from(
    filled(M * kinks.perParticle, out => kinks.valuesInto(y, M, out)),
    Math.sign,
  );
}

for (const [name, feature] of Object.entries(features)) {
  const { dim, size } = feature;
  const sum = (y: Vec, pattern?: Branch) => filled(size, out => feature.sumInto(y, M, out, pattern));
  const pull = (y: Vec, g: Vec, pattern?: Branch) =>
    filled(M * dim, out => feature.pullbackInto(y, M, g, out, pattern));

  conformance(`${name}: the pullback is the gradient`, () => {
    for (const y of points(M * dim)) {
      const [g, pattern] = [draw(size), patternAt(feature, y)];
      near(
        pull(y, g),
        gradientOf(z => M * dot(g, sum(z, pattern)), y),
        1e-6,
        name,
      );
    }
  });

  conformance(`${name}: the pushforward is its adjoint, the curvature its derivative`, () => {
    for (const y of points(M * dim)) {
      const [g, x, pattern] = [draw(size), draw(M * dim), patternAt(feature, y)];
      const pushed = filled(size, out => feature.pushforwardInto?.(y, M, x, out, pattern));
      const [left, right] = [dot(pushed, g), dot(x, pull(y, g)) / M];
      assert.ok(Math.abs(left - right) <= 1e-12 * Math.max(1, Math.abs(right)), `${name}: ${left} against ${right}`);
      const bent = filled(M * dim, out => feature.curvatureInto?.(y, M, g, x, out, pattern));
      const wanted = along(z => pull(z, g, pattern), y, x);
      assert.ok(
        maxAbs(minus(bent, wanted)) <= 1e-6 * Math.max(maxAbs(pull(y, g)), maxAbs(bent)),
        `${name}: ${bent} against ${wanted}`,
      );
    }
  });

  conformance(`${name}: homogeneous of the degree it declares; its sign pattern changes nothing`, () => {
    const { degree, coordinates } = feature.homogeneity ?? { degree: 0, coordinates: [] };
    for (const y of points(M * dim)) {
      for (const s of [0.3, 2.5])
        near(
          sum(y.map((u, k) => (coordinates.includes(k % dim) ? s * u : u))),
          sum(y).map(f => s ** degree * f),
          1e-12,
          `${name} at ${s}`,
        );
      const [g, pattern] = [draw(size), patternAt(feature, y)];
      assert.equal(sum(y, pattern), sum(y));
      assert.equal(pull(y, g, pattern), pull(y, g));
    }
  });

  conformance(`${name}: the Hessian of F is symmetric`, () => {
    const loss = square(draw(size), 0.4);
    const flow = flowOf({ name, dim, domain: [], feature, loss, initial: {} }, M);
    const times = (y: Vec, x: Vec) => filled(M * dim, out => flow.hessianTimesInto?.(y, x, out));
    for (const y of points(M * dim)) {
      const [a, b] = [draw(M * dim), draw(M * dim)];
      const [left, right] = [dot(b, times(y, a)), dot(a, times(y, b))];
      assert.ok(Math.abs(left - right) <= 1e-12 * (Math.abs(left) + maxAbs(times(y, a))), `${left} against ${right}`);
    }
  });
}

for (const [name, { loss, size }] of Object.entries(losses))
  conformance(`${name}: gradient, second derivative, convexity, conjugate`, () => {
    const gradient = (f: Vec) => filled(size, out => loss.gradientInto(f, out));
    for (const f of points(size)) {
      const [x, z, g] = [draw(size), draw(size), gradient(f)];
      near(g, gradientOf(loss.value, f), 1e-6, name);
      const bent = (v: Vec) => filled(size, out => loss.hessianTimesInto?.(f, v, out));
      near(bent(x), along(gradient, f, x), 1e-6, `${name} twice`);
      assert.ok(Math.abs(dot(bent(x), z) - dot(x, bent(z))) <= 1e-12 * maxAbs(bent(x)), `${name}: symmetric`);
      assert.ok(loss.value(z) >= loss.value(f) + dot(g, minus(z, f)) - 1e-12, `${name}: convex`);
      assert.ok(
        maxAbs(minus(gradient(z), g)) <= (loss.smoothness ?? Infinity) * (1 + 1e-12) * Math.hypot(...minus(z, f)),
      );
      const fenchel = dot(f, g) - loss.value(f);
      assert.ok(Math.abs((loss.conjugate?.(g) ?? fenchel) - fenchel) <= 1e-12 * (1 + Math.abs(fenchel)), `${name}*`);
    }
  });

/** Particles in general position, and particles exactly on the kinks V declares. */
function penalised(penalty: Penalty, dim: number): Vec[] {
  const c = penalty.absolute?.coordinate;
  const flat = (zero: (k: number) => boolean) => points(M * dim).map(y => y.map((u, k) => (zero(k % dim) ? 0 : u)));
  const origin = penalty.absolute?.modulation?.norm ? [...flat(k => k !== c), ...flat(() => true)] : [];
  return [...points(M * dim), ...(c === undefined ? [] : flat(k => k === c)), ...origin];
}

for (const [name, { penalty, dim, semiconvex = 0 }] of Object.entries(penalties)) {
  const size = M * dim;
  const value = (y: Vec) => penalty.value(y, M);
  const selected = (y: Vec, force: Vec) =>
    filled(size, out => {
      out.set(force);
      penalty.minNormInto(y, M, out);
    });
  const gradient = (y: Vec) => selected(y, new Float64Array(size)).map(s => -s);

  /** A point where V is finite on all sides, and where its higher derivatives leave differences their digits. */
  const inside = (y: Vec) => {
    if (penalty.absolute?.nonnegative) return y.map((u, k) => (k % dim === 0 ? Math.abs(u) + 0.1 : u));
    return penalty.absolute?.modulation?.norm ? y.map((u, k) => (k % dim === 0 ? u : u + 0.2 * Math.sign(u))) : y;
  };

  conformance(`${name}: gradient and second derivative`, () => {
    for (const y of points(size).map(inside)) {
      const x = draw(size);
      near(gradient(y), gradientOf(value, y), 1e-6, name);
      const bent = filled(size, out => penalty.curvatureInto?.(y, M, x, out));
      assert.ok(maxAbs(minus(bent, along(gradient, y, x))) <= 1e-6 * (1 + maxAbs(bent)), `${name} twice`);
    }
  });

  conformance(`${name}: convex after ${semiconvex}|u|²/2 is added, on short chords and long ones`, () => {
    const raised = (y: Vec) => value(y) + (semiconvex * dot(y, y)) / 2;
    const at = (y: Vec) => (penalty.absolute?.nonnegative ? inside(y) : y);
    for (const y of penalised(penalty, dim).map(at))
      for (const reach of [1e-3, 3]) {
        const [a, b] = [at(plus(y, draw(size), reach)), at(plus(y, draw(size), reach))];
        const [left, right, middle] = [raised(a), raised(b), raised(plus(a, minus(b, a), 0.5))];
        assert.ok(
          middle <= (left + right) / 2 + 1e-13 * (1 + left + right),
          `${name}: ${middle} above ${left}, ${right}`,
        );
      }
  });

  conformance(`${name}: the selection is the shortest of all subgradients`, () => {
    for (const y of penalised(penalty, dim)) {
      const force = draw(size);
      const best = selected(y, force);
      for (let k = 0; k < 20; k++) {
        const [a, b, s] = [gradient(plus(y, draw(size), 1e-9)), gradient(plus(y, draw(size), 1e-9)), chance.uniform()];
        const other = minus(force, plus(plus(b, b, -s), a, s));
        assert.ok(Math.hypot(...best) <= Math.hypot(...other) + 1e-7, `${name} at ${y}`);
      }
    }
  });

  conformance(`${name}: prox is the resolvent and the minimiser`, () => {
    for (const y of penalised(penalty, dim))
      for (const h of [0.05, 1]) {
        const p = filled(size, out => penalty.proxInto?.(y, M, h, out));
        const left = selected(
          p,
          minus(y, p).map(d => d / h),
        );
        assert.ok(maxAbs(left) <= 1e-12, `${name}: (u − p)/h misses ∂V(p) by ${maxAbs(left)}`);
        const cost = (z: Vec) => value(z) + dot(minus(z, y), minus(z, y)) / (2 * h);
        for (let k = 0; k < 10; k++) assert.ok(cost(p) <= cost(plus(p, draw(size), 0.3)) + 1e-12, name);
      }
  });
}

for (const [name, { field, dim }] of Object.entries(fields))
  conformance(`${name}: the force is minus m times the gradient, the second derivative symmetric`, () => {
    for (const y of points(M * dim)) {
      const force = (z: Vec) => filled(M * dim, out => field.forceInto(z, M, z, M, out));
      near(
        force(y),
        gradientOf(z => -M * field.energy(z, M), y),
        1e-6,
        name,
      );
      if (!field.hessianTimesInto) continue;
      const times = (x: Vec) => filled(M * dim, out => field.hessianTimesInto?.(y, M, x, out));
      const [a, b] = [draw(M * dim), draw(M * dim)];
      near(
        times(a),
        along(force, y, a).map(v => -v),
        1e-6,
        `${name} twice`,
      );
      assert.ok(Math.abs(dot(b, times(a)) - dot(a, times(b))) <= 1e-11 * maxAbs(times(a)), `${name}: symmetric`);
    }
  });

conformance.run();
