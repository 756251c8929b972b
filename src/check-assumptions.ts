/** The assumptions of Chizat & Bach (2018) on R, V and Φ, looked for at random points: held so far, failed with a witness, or open. */
import { cloud } from './check-gradient.js';
import { flowOf } from './flow.js';
import { boundsOf, folded, wallsOf } from './math/domain.js';
import { dot } from './math/vec.js';
import { difference } from './particles.js';
import type { Coordinate, Problem, Random, Vec } from './types.js';

export type Status = 'holds' | 'fails' | 'open';

export interface Assumption {
  readonly name: string;
  readonly status: Status;
  /** What was measured; the witness where it fails; why not where it cannot be checked. */
  readonly detail: string;
}

const isUnbounded = (c: Coordinate): boolean => c.kind === 'line' || c.kind === 'half-line';

const PAIRS = 200;
const show = (x: number): string => (Number.isFinite(x) ? String(Number(x.toPrecision(3))) : String(x));
const length = (a: Vec): number => Math.sqrt(dot(a, a));
const between = (a: Vec, b: Vec): number => length(a.map((x, k) => x - b[k]));
const verdict = (name: string, holds: boolean, detail: string): Assumption => ({
  name,
  status: holds ? 'holds' : 'fails',
  detail,
});

/** Powers of ten: the sizes of the points looked at. */
const SIZES = [0.01, 0.1, 1, 10, 100, 1000];
const normals = (n: number, scale: number, chance: Random): Vec =>
  Float64Array.from({ length: n }, () => scale * chance.normal());
const sizeOf = (i: number): number => SIZES[i % SIZES.length];

/** R at the middle of random chords: of F where it has coordinates, else of mixtures of particles. */
export function convexity(problem: Problem, chance: Random): Assumption {
  const { feature, loss } = problem;
  const name = 'R convex';
  let worst = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < PAIRS; i++) {
    const [left, right, middle] =
      feature && loss ? chord(feature.size, loss.value, sizeOf(i), chance) : mixture(problem, chance);
    worst = Math.max(worst, (middle - (left + right) / 2) / (Math.abs(left) + Math.abs(right) || 1));
  }
  const over = feature ? `${PAIRS} random chords` : `${PAIRS} mixtures of random particles`;
  return worst <= 1e-12
    ? verdict(name, true, `no violation on ${over}`)
    : verdict(name, false, `on ${over} the middle lies above the chord, by ${show(worst)} of R`);
}

function chord(n: number, value: (f: Vec) => number, size: number, chance: Random): [number, number, number] {
  const [f, g] = [normals(n, size, chance), normals(n, size, chance)];
  return [value(f), value(g), value(f.map((x, k) => (x + g[k]) / 2))];
}

/** Particles of both clouds together are the mean of their measures; V is linear in the measure and drops out. */
function mixture(problem: Problem, chance: Random): [number, number, number] {
  const m = 4;
  const [y, z] = [cloud(problem, m, chance), cloud(problem, m, chance)];
  const of = (u: Vec) => problem.field?.energy(u, u.length / problem.dim) ?? Number.NaN;
  return [of(y), of(z), of(Float64Array.of(...y, ...z))];
}

const NO_COORDINATES = 'F has no coordinates here: R is known in closed form only';

export function gradientLipschitz({ loss, feature }: Problem, chance: Random): Assumption {
  const name = 'R′ Lipschitz';
  if (!loss || !feature) return { name, status: 'open', detail: NO_COORDINATES };
  const ratios = SIZES.map(size => {
    const [f, g] = [normals(feature.size, size, chance), normals(feature.size, size, chance)];
    const [a, b] = [f.slice(), g.slice()];
    loss.gradientInto(f, a);
    loss.gradientInto(g, b);
    return between(a, b) / between(f, g);
  });
  const most = Math.max(...ratios);
  const { smoothness } = loss;
  if (smoothness !== undefined)
    return verdict(name, most <= smoothness * (1 + 1e-9), `constant ${show(smoothness)}, largest found ${show(most)}`);
  return ratios[ratios.length - 1] > 5 * ratios[0]
    ? verdict(name, false, `the ratio grows with |f|: ${ratios.map(show).join(', ')}`)
    : { name, status: 'open', detail: `no constant is declared; the largest found is ${show(most)}` };
}

/** |R′| ≤ C₁R + C₂ with C₁ = 1: C₂ is where |R′| − R is largest, which must not be far out. */
export function gradientBound({ loss, feature }: Problem, chance: Random): Assumption {
  const name = '|R′| ≤ C₁R + C₂';
  if (!loss || !feature) return { name, status: 'open', detail: NO_COORDINATES };
  const sizes = [...SIZES, 1e4, 1e5, 1e6];
  const excess = sizes.map(size => {
    const f = normals(feature.size, size, chance);
    const g = f.slice();
    loss.gradientInto(f, g);
    return length(g) - loss.value(f);
  });
  const most = Math.max(...excess);
  const at = excess.indexOf(most);
  return at < sizes.length - 1
    ? verdict(name, true, `with C₁ = 1, C₂ = ${show(Math.max(0, most))} on points up to |f| = 1e6`)
    : verdict(name, false, `|R′| − R still grows at |f| = 1e6, where it is ${show(most)}`);
}

/** V(middle) − mean of the ends ≤ ρ|a − b|²/8: the smallest such ρ, on chords long and short. */
export function semiconvexity(problem: Problem, chance: Random): Assumption {
  const name = 'V semiconvex';
  const { penalty, dim } = problem;
  if (!penalty) return verdict(name, true, 'V = 0');
  const constant = (reach: number) => {
    let most = 0;
    for (let i = 0; i < PAIRS; i++) {
      const a = cloud(problem, 1, chance);
      // Half of the chords cross a kink of V, where non-convexity would sit.
      if (penalty.absolute && i % 2 === 0) a[penalty.absolute.coordinate] *= reach;
      const b = a.map((x, k) => folded(x + reach * chance.normal(), boundsOf(problem.domain[k])));
      const middle = a.map((x, k) => (x + b[k]) / 2);
      const [va, vb, vm] = [a, b, middle].map(u => penalty.value(u, 1));
      const rounding = 1e-14 * (Math.abs(va) + Math.abs(vb));
      most = Math.max(most, (8 * Math.max(0, vm - (va + vb) / 2 - rounding)) / between(a, b) ** 2);
    }
    return most;
  };
  const [long, short] = [constant(1), constant(1e-3)];
  if (long <= 1e-9 && short <= 1e-9) return verdict(name, true, `convex on ${2 * PAIRS} random chords in ℝ^${dim}`);
  return short > 10 * long
    ? verdict(name, false, `the constant grows as chords shrink: ${show(long)} at length 1, ${show(short)} at 0.001`)
    : verdict(name, true, `with constant ${show(Math.max(long, short))}, estimated`);
}

/** −∇⟨g, Φ⟩ at one particle for a fixed g: what the field of fixed particles does to it. */
function forceAt(problem: Problem, chance: Random): (u: Vec) => Vec {
  const flow = flowOf(problem, 4);
  const around = cloud(problem, 4, chance);
  return u => {
    const out = new Float64Array(problem.dim);
    flow.forceInto(around, u, 1, out);
    return out;
  };
}

/** Enough that a saturating unit is met near its switch, a region that shrinks like 1/|u|. */
const SPHERE_POINTS = 4000;

/** sup |dΦ| on spheres of growing radius, in a random direction of F: at most linear. */
export function growth(problem: Problem, chance: Random): Assumption {
  const name = 'dΦ grows at most linearly';
  const force = forceAt(problem, chance);
  const radii = [1, 10, 100, 1000];
  const sup = radii.map(r => {
    const sizes = Array.from({ length: SPHERE_POINTS }, () => {
      const u = cloud(problem, 1, chance);
      const lines = u.filter((_, k) => isUnbounded(problem.domain[k]));
      const s = r / (length(lines) || 1);
      return length(force(u.map((x, k) => (isUnbounded(problem.domain[k]) ? s * x : x))));
    });
    return Math.max(...sizes);
  });
  const exponent = Math.log(sup[3] / sup[2]) / Math.log(10);
  const found = `|dΦ| grows like |u|^${show(Number(exponent.toFixed(2)))} between |u| = 100 and 1000`;
  return verdict(name, sup[3] === 0 || exponent <= 1.1, sup[3] === 0 ? 'dΦ vanishes far out' : found);
}

/** Whether dΦ has a limit where all coordinates but the first go to zero: that of classical ReLU has none. */
export function smoothAtOrigin(problem: Problem, chance: Random): Assumption {
  const name = 'Φ differentiable at θ = 0';
  const force = forceAt(problem, chance);
  let most = 0;
  for (let i = 0; i < 40; i++) {
    const w = cloud(problem, 1, chance)[0];
    const near = () => cloud(problem, 1, chance).map((x, k) => (k === 0 ? w : 1e-7 * x));
    const [a, b] = [force(near()), force(near())];
    // Where dΦ vanishes at θ = 0, as of w·uvᵀ, the sides differ by all of it, and by nothing beside its size elsewhere.
    const elsewhere = length(force(cloud(problem, 1, chance)));
    most = Math.max(most, between(a, b) / (Math.max(length(a) + length(b), 0.1 * elsewhere) || 1));
  }
  return most <= 1e-3
    ? verdict(name, true, 'dΦ has one limit from all sides')
    : verdict(name, false, `with w ≠ 0, dΦ depends on the side θ = 0 is reached from: by ${show(most)} of its size`);
}

/** The jump of dΦ over the kinks declared, one sample at a time. */
export function smoothOnSample(problem: Problem, chance: Random): Assumption {
  const name = 'Φ differentiable on the sample';
  const { feature, dim } = problem;
  if (!feature?.kinks) return verdict(name, true, feature ? 'no kink declared' : 'no sample: the population is smooth');
  const n = feature.kinks.perParticle;
  let witness = { jump: 0, sample: 0 };
  for (let i = 0; i < 40; i++) {
    const [u, sample] = [cloud(problem, 1, chance), Math.floor(n * chance.uniform())];
    for (let k = 0; k < 20; k++) feature.kinks.snap(u, 0, sample);
    const values = new Float64Array(n);
    feature.kinks.valuesInto(u, 1, values);
    const g = normals(feature.size, 1, chance);
    const [off, on] = [-1, 1].map(side => {
      const out = new Float64Array(dim);
      feature.pullbackInto(
        u,
        1,
        g,
        out,
        Int8Array.from(values, (x, k) => (k === sample ? side : Math.sign(x))),
      );
      return out;
    });
    const jump = between(off, on) / (length(off) + length(on) || 1);
    if (jump > witness.jump) witness = { jump, sample };
  }
  return witness.jump <= 1e-9
    ? verdict(name, true, `dΦ is continuous over its ${n} kinks per particle`)
    : verdict(name, false, `dΦ jumps where a unit switches on sample ${witness.sample}, by ${show(witness.jump)}`);
}

/** Φ/w where Φ is 1-homogeneous in w: bounded, as Theorem 3.5 wants on an unbounded Θ. */
export function bounded(problem: Problem, chance: Random): Assumption {
  const name = 'φ bounded on Θ';
  const { domain } = problem;
  if (domain.slice(1).every(c => !isUnbounded(c))) {
    const what = domain.slice(1).some(c => c.kind === 'interval') ? 'closed and bounded' : 'circles';
    return verdict(name, true, `Θ is compact: ${what}`);
  }
  const force = forceAt(problem, chance);
  const sup = [10, 1e3, 1e5].map(r =>
    Math.max(
      ...Array.from({ length: 60 }, () => {
        const u = cloud(problem, 1, chance, r);
        u[0] = 1;
        return Math.abs(force(u)[0]);
      }),
    ),
  );
  return sup[2] <= 2 * sup[1]
    ? verdict(name, true, `sup |⟨g, φ⟩| stays at ${show(sup[2])} up to |θ| = 1e5, in a random direction of F`)
    : verdict(name, false, `sup |⟨g, φ⟩| grows from ${show(sup[0])} at |θ| = 10 to ${show(sup[2])} at 1e5`);
}

/** The largest slope across a bound may be this share of the largest slope anywhere, where there is to be none. */
const NEUMANN = 1e-6;

/**
 * Assumption 3.4 at the boundary of Θ, for Φ = wφ(θ) and V = |w|Ṽ(θ): on a bounded Θ no slope of ⟨g, φ⟩ + Ṽ across it (Neumann).
 * A torus has no boundary; the limit at infinity is not seen by samples.
 */
export function boundary(problem: Problem, chance: Random): Assumption {
  const name = 'boundary of Θ';
  const { domain, penalty, dim } = problem;
  const walls = wallsOf(domain).filter(w => w.coordinate > 0);
  const open = domain.slice(1).some(isUnbounded);
  if (walls.length === 0)
    return open
      ? { name, status: 'open', detail: '⟨g, φ⟩ must converge in C¹ as |θ| → ∞ in each direction, not seen by samples' }
      : verdict(name, true, 'Θ has none: circles');
  const force = forceAt(problem, chance);
  let [across, anywhere, wall] = [0, 0, walls[0]];
  for (let i = 0; i < PAIRS; i++) {
    const [u, at] = [cloud(problem, 1, chance), walls[i % walls.length]];
    u[0] = 1;
    const slopesAt = () => {
      const slopes = force(u);
      penalty?.minNormInto(u, 1, slopes);
      anywhere = Math.max(anywhere, length(slopes.subarray(1, dim)));
      return slopes;
    };
    slopesAt();
    u[at.coordinate] = at.at;
    const slope = Math.abs(slopesAt()[at.coordinate]);
    if (slope > across) [across, wall] = [slope, at];
  }
  const where = `${domain[wall.coordinate].name} = ${show(wall.at)}`;
  const most = across / (anywhere || 1);
  return most <= NEUMANN
    ? verdict(name, true, `no slope across the bounds at ${PAIRS} points of them`)
    : verdict(
        name,
        false,
        `the Neumann condition wants no slope across a bound; at ${where} it is up to ${show(most)} of the largest |d(⟨g, φ⟩ + Ṽ)|`,
      );
}

/** Regular values of θ ↦ ⟨g, φ(θ)⟩ are dense: a statement no sample can decide. */
export const regularity: Assumption = {
  name: 'Sard-type regularity',
  status: 'open',
  detail:
    'regular values of θ ↦ ⟨g, φ(θ)⟩ must be dense for every g: true where φ is smooth enough, not seen by samples',
};

/** On a stream everything above is measured on some of its samples. */
export const seenThrough = (samples: number): Assumption => ({
  name: 'R beyond the samples drawn',
  status: 'open',
  detail: `R is a mean over a distribution; the rows above were measured on ${samples} fresh samples of it`,
});

/** Largest distance of a random point of Θ from the initial particles; by angle where Θ is a sphere of directions. */
export function support(problem: Problem, y: Vec, partial: boolean, chance: Random): Assumption {
  const name = 'initial measure fills Θ';
  const { domain, dim, copies } = problem;
  const from = partial ? 1 : 0;
  const circles = domain.slice(from).every(c => !isUnbounded(c));
  const unit = (u: Vec): Vec => {
    const part = u.slice(from);
    return circles ? part : part.map(x => x / (length(part) || 1));
  };
  const particles = Array.from({ length: y.length / dim }, (_, i) => unit(y.slice(i * dim, (i + 1) * dim)));
  // Each copy of the domain must be filled.
  const sides = copies ? [-1, 1].map(s => particles.filter((_, i) => copies(i) === s)) : [particles];
  const apart = (a: Vec, b: Vec): number => {
    if (!circles) return 2 * Math.asin(Math.min(1, between(a, b) / 2));
    const steps = a.map((x, k) => {
      const c = domain[from + k];
      return difference(x, b[k], c);
    });
    return length(steps);
  };
  let fill = 0;
  for (let i = 0; i < 500; i++) {
    const p = unit(cloud(problem, 1, chance));
    for (const side of sides)
      fill = Math.max(
        fill,
        side.reduce((least, q) => Math.min(least, apart(p, q)), Number.POSITIVE_INFINITY),
      );
  }
  const what = circles
    ? `no point of Θ is farther than ${show(fill)}`
    : `no direction is farther than ${show(fill)} rad`;
  return {
    name,
    status: 'open',
    detail: `a statement about m → ∞; from the ${particles.length} particles here ${what} (500 points tried${copies ? ', on each copy' : ''})`,
  };
}
