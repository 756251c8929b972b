/** Is the problem what it says, and does a theorem apply to it: gradient, homogeneity, kinks, assumptions, 2/ρ at the start. */
import {
  type Assumption,
  boundary,
  bounded,
  convexity,
  gradientBound,
  gradientLipschitz,
  growth,
  regularity,
  seenThrough,
  semiconvexity,
  smoothAtOrigin,
  smoothOnSample,
  support,
} from './check-assumptions.js';
import { type Degree, measuredDegrees } from './check-degrees.js';
import { checkGradient, type GradientCheck } from './check-gradient.js';
import { PERIODS, periodicity } from './check-periods.js';
import { activeRadius } from './diagnostics/spectrum.js';
import { flowOf } from './flow.js';
import { wallsOf } from './math/domain.js';
import { random } from './math/random.js';
import { spectralRadius } from './math/spectrum.js';
import { particleCount } from './resolve.js';
import { initialState, type Sources, settingOf } from './run.js';
import type { Experiment } from './spec.js';
import type { Flow, Problem, Random, Vec } from './types.js';

export interface Kink {
  /** Θ: a bound of the domain. */
  readonly of: 'V' | 'Φ' | 'Θ';
  readonly where: string;
  readonly handling: string;
}

export interface Theorem {
  /** Of Chizat & Bach (2018). */
  readonly applies: '3.3' | '3.5' | 'none';
  readonly because: string;
}

export interface CheckReport {
  readonly problem: string;
  readonly coordinates: readonly string[];
  readonly gradient: GradientCheck;
  readonly degrees: readonly Degree[];
  readonly kinks: readonly Kink[];
  readonly assumptions: readonly Assumption[];
  readonly theorem: Theorem;
  /** At the initial particles. */
  readonly start: {
    readonly particles: number;
    readonly radius: number;
    readonly limitStep: number;
    readonly limitRate: number;
  };
  /** The gradient is that of F, and F lives on the domain declared. */
  readonly ok: boolean;
}

function kinksOf({ penalty, feature, domain }: Problem): Kink[] {
  const V: Kink[] =
    penalty?.absolute && (penalty.absolute.weight > 0 || penalty.absolute.nonnegative)
      ? [
          {
            of: 'V',
            where: `${domain[penalty.absolute.coordinate].name} = 0, one per particle`,
            handling: 'located: particles stick, cross and leave by the minimal-norm rule',
          },
        ]
      : [];
  const origin: Kink[] = penalty?.absolute?.modulation?.norm
    ? [
        {
          of: 'V',
          where: 'θ = 0, one per particle',
          handling: 'located: particles rest there while |ṽ_θ| ≤ β|w|',
        },
      ]
    : [];
  const walls = wallsOf(domain).map(
    (w): Kink => ({
      of: 'Θ',
      where: `${domain[w.coordinate].name} = ${w.at}, one per particle`,
      handling: 'located: particles rest on the bound while the velocity points outwards',
    }),
  );
  const F: Kink[] = feature?.kinks
    ? [
        {
          of: 'Φ',
          where: `where a unit switches on or off, ${feature.kinks.perParticle} per particle`,
          handling: 'located: crossed, or slid along where both sides push onto it (the Filippov extension)',
        },
      ]
    : [];
  return [...V, ...origin, ...walls, ...F];
}

/** Those of the names that fail. */
const failing = (assumptions: readonly Assumption[], names: readonly string[]): string[] =>
  assumptions.filter(a => a.status === 'fails' && names.includes(a.name)).map(a => a.name);

const COMMON = ['R convex', 'R′ Lipschitz', '|R′| ≤ C₁R + C₂', 'V semiconvex'];

const BESIDE =
  'Φ is 2-homogeneous but not differentiable at θ = 0, so it lies outside the theorem (relu-signed-square is the parametrisation inside it)';

function homogeneous(degree: Degree, assumptions: readonly Assumption[]): Theorem {
  const broken = failing(assumptions, [...COMMON, 'dΦ grows at most linearly']);
  if (broken.length > 0)
    return { applies: 'none', because: `Φ is 2-homogeneous, but this fails: ${broken.join(', ')}` };
  const sampled = failing(assumptions, ['Φ differentiable on the sample']).length > 0;
  if (failing(assumptions, ['Φ differentiable at θ = 0']).length > 0)
    return {
      applies: 'none',
      because: `${BESIDE}${sampled ? '; on this sample the flow computed is the Filippov extension' : ''}`,
    };
  const caveat = sampled
    ? '; it asks for inputs with a density, and on a finite sample dΦ still jumps where a unit switches on a sample point'
    : '';
  return {
    applies: '3.3',
    because: `Φ and V are 2-homogeneous in ${degree.coordinates.join(', ')}; the initial measure must fill all directions as m → ∞${caveat}`,
  };
}

function partial(degree: Degree, assumptions: readonly Assumption[]): Theorem {
  const broken = failing(assumptions, [...COMMON, 'φ bounded on Θ', 'boundary of Θ', 'Φ differentiable on the sample']);
  if (broken.length > 0)
    return {
      applies: 'none',
      because: `Φ is 1-homogeneous in ${degree.coordinates[0]}, but this fails: ${broken.join(', ')}`,
    };
  return {
    applies: '3.5',
    because: `Φ and V are 1-homogeneous in ${degree.coordinates[0]} and φ is bounded on Θ; the initial measure must fill Θ as m → ∞`,
  };
}

/** What a problem of degree above 2 can do to be inside Theorem 3.3. */
const chartWords = (p: number): string =>
  `; Φ is ${p}-homogeneous in all coordinates together, outside both theorems; Φ(u)/|u|${p === 3 ? '' : `^${p - 2}`} is 2-homogeneous (chart: two-homogeneous, where the problem has it)`;

/** Which of the two theorems speaks of this problem. */
export function theoremOf(problem: Problem, degrees: readonly Degree[], assumptions: readonly Assumption[]): Theorem {
  const found = theoremFor(problem, degrees, assumptions);
  const p = degrees.find(d => d.coordinates.length === problem.dim)?.feature ?? 0;
  return found.applies === 'none' && p > 2 ? { ...found, because: `${found.because}${chartWords(p)}` } : found;
}

function theoremFor(problem: Problem, degrees: readonly Degree[], assumptions: readonly Assumption[]): Theorem {
  if (failing(assumptions, [PERIODS]).length > 0)
    return {
      applies: 'none',
      because: 'the coordinates do not live on the circles declared: Φ or V has another period',
    };
  const lines = problem.domain.filter(c => c.kind === 'line').length;
  const whole = degrees.find(d => d.coordinates.length === problem.dim && lines === problem.dim);
  const first = degrees.find(d => d.coordinates.length === 1 && d.coordinates[0] === problem.domain[0].name);
  if (whole?.feature === 2 && whole.shared) return homogeneous(whole, assumptions);
  if (problem.dim > 1 && first?.feature === 1 && first.shared && whole?.feature !== 2)
    return partial(first, assumptions);
  if (degrees.length === 0) return { applies: 'none', because: 'Φ is not homogeneous in any coordinate' };
  const found = [whole, first].filter(d => d !== undefined).slice(0, 1);
  const words = (found.length > 0 ? found : degrees.slice(0, 1)).map(
    d =>
      `Φ is ${d.feature}-homogeneous in ${d.coordinates.join(', ')}${d.shared ? '' : d.penalty === null ? ', V is not homogeneous in them' : `, V is ${d.penalty}-homogeneous there`}`,
  );
  return {
    applies: 'none',
    because: `${words[0]}; the theorems want degree 2 in all coordinates, or 1 in the first, shared by Φ and V`,
  };
}

/** ρ of the velocity's Jacobian; by differences of the velocity where there are no second derivatives. */
function radiusAt(flow: Flow, y: Vec): number {
  const branch = flow.kinks?.branchAt(y);
  const exact = activeRadius(flow, y, branch);
  if (exact !== null) return exact;
  const h = 1e-6;
  const [a, b] = [new Float64Array(flow.size), new Float64Array(flow.size)];
  return spectralRadius((x, out) => {
    flow.velocityInto(
      y.map((u, k) => u + h * x[k]),
      a,
      branch,
    );
    flow.velocityInto(
      y.map((u, k) => u - h * x[k]),
      b,
      branch,
    );
    for (let k = 0; k < out.length; k++) out[k] = (b[k] - a[k]) / (2 * h);
  }, flow.size);
}

/** Fresh samples that stand for a stream: enough to measure a derivative, and enough to measure ρ. */
const STREAMED = { terms: 64, radius: 2000 } as const;

/** R of a stream on some of its samples. */
function onBatch(problem: Problem, size: number, chance: Random): Problem {
  const { sampling, heldOut: _, ...rest } = problem;
  if (sampling?.rows !== null) return problem;
  const { feature, loss } = sampling.draw(chance, size);
  // Where inputs have a density, no sample is where a unit switches.
  const { kinks: __, ...smooth } = feature;
  return { ...rest, feature: smooth, loss };
}

/** @param y the initial particles */
export function checkProblem(given: Problem, y: Vec, seed = 'check'): CheckReport {
  const chance = (stream: string) => random(seed, stream);
  const streamed = given.sampling?.rows === null;
  const problem = onBatch(given, STREAMED.terms, chance('terms'));
  const gradient = checkGradient(problem, chance('gradient'));
  const degrees = measuredDegrees(problem, chance('degrees'));
  const whole = degrees.find(d => d.coordinates.length === problem.dim);
  const isPartial = problem.dim > 1 && whole?.feature !== 2;
  const tests = [convexity, gradientLipschitz, gradientBound, semiconvexity, growth, smoothAtOrigin, smoothOnSample];
  const periods = periodicity(problem, chance('periods'));
  const assumptions = [
    ...(periods ? [periods] : []),
    ...tests.map(test => test(problem, chance(test.name))),
    ...(isPartial ? [bounded(problem, chance('bounded')), boundary(problem, chance('boundary'))] : []),
    support(problem, y, isPartial, chance('support')),
    regularity,
    ...(streamed ? [seenThrough(STREAMED.terms)] : []),
  ];
  const m = y.length / problem.dim;
  const radius = radiusAt(flowOf(onBatch(given, STREAMED.radius, chance('radius')), m), y);
  return {
    problem: problem.name,
    coordinates: problem.domain.map(c => c.name),
    gradient,
    degrees,
    kinks: kinksOf(problem),
    assumptions,
    theorem: theoremOf(problem, degrees, assumptions),
    start: { particles: m, radius, limitStep: 2 / radius, limitRate: (2 * m) / radius },
    ok: gradient.ok && periods?.status !== 'fails',
  };
}

export function checkExperiment(experiment: Experiment, sources?: Sources): CheckReport {
  const { problem, frozen } = settingOf(experiment, sources);
  const y = initialState(frozen, problem);
  if (y.length !== particleCount(frozen) * problem.dim) throw new RangeError('the initial particles have another size');
  return checkProblem(problem, y);
}
