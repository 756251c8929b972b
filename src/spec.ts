/**
 * The experiment file: one schema for CLI, library, report and lab. Every object is strict, every number finite.
 */
import { z } from 'zod';
import * as problems from '../problems/index.js';
import * as solvers from '../solvers/index.js';
import type { Precision, ProblemKind, ProblemSpec, RepellingSide, Solver } from './types.js';

/** Longer lists and larger clouds than this are a slip of the pen, not an experiment. */
export const LIMITS = { particles: 2 ** 31, saveAt: 100_000, steps: 1e9 } as const;

const finite = z.number();
const positive = finite.gt(0);
const seed = z
  .union([z.string().min(1).max(200), z.int()])
  .describe('any text or whole number; the same seed gives the same bits');
/** A label, also part of folder names. */
const name = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dot, dash and underscore, beginning with a letter or digit')
  .refine(n => !(n in {}), 'must not be the name of a built-in property');
/** Every problem that is registered. */
export const problemKinds: readonly ProblemKind[] = Object.values(problems).filter(
  p => typeof p === 'object' && 'schema' in p,
);

/** A union of one is that one, so that its own messages come through. */
const oneOf = <T extends z.ZodType>(schemas: readonly T[]) => (schemas.length === 1 ? schemas[0] : z.union(schemas));

/** Solvers that are registered. */
const registered: readonly Solver[] = Object.values(solvers).filter(s => typeof s === 'object');
const byName = (name: string): Solver | undefined => registered.find(s => s.name === name);

const problem = oneOf(problemKinds.map(k => k.schema)) as z.ZodType<ProblemSpec>;

/** Particles farther out count as escaped. */
const FARTHEST = 1e100;

const particles = z.union([
  z.strictObject({
    count: z.int().min(1).max(LIMITS.particles),
    init: z
      .string()
      .max(100)
      .optional()
      .describe('how initial particles are drawn; each problem has its own (pgf list)'),
    scale: positive.max(1e100).optional().describe('size of the initial particles, where the way to draw them has one'),
  }),
  z.strictObject({
    values: z
      .array(z.array(finite.min(-FARTHEST).max(FARTHEST)))
      .min(1)
      .max(LIMITS.particles)
      .describe('rows [w, θ]'),
  }),
]);

/** Which solver, and how it is driven: tolerances or one of step and rate. */
export interface SolverSpec {
  readonly kind: string;
  readonly method?: string;
  readonly rtol?: number;
  /** Of solvers that locate kinks. */
  readonly events?: 'auto' | 'located' | 'soft';
  readonly repelling?: RepellingSide;
  readonly atol?: number;
  readonly step?: number;
  readonly rate?: number;
  /** Of cpgd. */
  readonly retraction?: 'canonical' | 'mirror';
  readonly positionRate?: number;
  /** Of the stochastic ones. */
  readonly batch?: number;
  readonly replacement?: boolean;
  readonly decay?: { readonly power: number; readonly after: number };
  readonly averageFrom?: number;
  readonly precision?: Precision;
  /** Of those with momentum. */
  readonly momentum?: number;
  readonly friction?: number;
  readonly restart?: boolean;
  /** Of Adam. */
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Of noisy particles. */
  readonly temperature?: number;
}

/** Above this a step is a typing error; below it a large one simply diverges and is shown to. */
const step = positive.max(1e100);
const tolerances = { rtol: finite.min(0).max(1).optional(), atol: finite.min(0).optional() };
/** Methods whose step has one length for every gradient: the number of particles does not scale it. */
const isLength = (kind: string): boolean => byName(kind)?.dynamics === 'adaptive';
/** For solvers that locate kinks. */
const events = {
  events: z
    .enum(['auto', 'located', 'soft'])
    .optional()
    .describe('kinks of V = β|w| one by one, or many in one step; auto, the default: softly above 200 particles'),
  repelling: z
    .enum(['off', 'on'])
    .optional()
    .describe('the side that is followed from a start on a kink of Φ which pushes away to both; default off'),
};
const fixedStep = (kind: string, own: z.ZodRawShape = {}) =>
  z
    .strictObject({
      kind: z.literal(kind),
      step: step
        .optional()
        .describe(isLength(kind) ? 'η, the length that a coordinate moves' : 'η in flow time: u ← u + η·v'),
      rate: step.optional().describe(isLength(kind) ? 'the same as step' : 'raw learning rate on ∇F_m: η = rate/m'),
      ...own,
    })
    .refine(s => (s.step === undefined) !== (s.rate === undefined), {
      message: isLength(kind)
        ? 'give exactly one of step and rate, which are the same here: η is a length'
        : 'give exactly one of step (flow time) and rate (η = rate/m)',
    })
    .refine(s => !('momentum' in s && 'friction' in s), {
      message: 'give momentum (β itself) or friction (β = 1 − friction·√η), not both',
      path: ['friction'],
    });

const stochastic: z.ZodRawShape = {
  batch: z.int().min(1).max(1_000_000).optional().describe('rows or fresh samples per step; default 1'),
  replacement: z
    .boolean()
    .optional()
    .describe('rows drawn anew for each step, the default; false: each row once per epoch, in random order'),
  decay: z
    .strictObject({ power: finite.gt(0).max(1), after: positive })
    .optional()
    .describe('step k is η/(1 + k/after)^power; constant where left out'),
  averageFrom: finite
    .min(0)
    .optional()
    .describe('from this time on the mean of the iterates is given out (Polyak–Ruppert)'),
  precision: z
    .enum(['double', 'single'])
    .optional()
    .describe('of the gradients of batches of two-layer nets; F and certificates stay double; default double'),
};

const restart = z.boolean().optional().describe('momentum starts anew where it opposes the step; default true');
const decayRate = finite.min(0).lt(1).optional();

/** What a solver has besides how it is driven. */
const ownSettings: Readonly<Record<string, z.ZodRawShape>> = {
  sgd: stochastic,
  'proximal-sgd': stochastic,
  'heavy-ball': {
    momentum: finite.min(0).lt(1).optional().describe('β, default 0.9; iterate k lives at t = kη/(1 − β)'),
    friction: positive.max(1e6).optional().describe('a in β = 1 − a√η; iterate k lives at t = k√η on u″ + au′ = v'),
  },
  nesterov: { restart },
  fista: { restart },
  adam: {
    beta1: decayRate.describe('decay of the mean of the gradient; default 0.9'),
    beta2: decayRate.describe('decay of the mean of its square; default 0.999'),
    epsilon: positive.max(1e100).optional().describe('added to the root of that mean, in units of ∇F_m; default 1e-8'),
  },
  langevin: { temperature: finite.min(0).max(1e100).optional().describe('τ of du = v dt + √(2τ) dB; default 0.01') },
  cpgd: {
    retraction: z
      .enum(['canonical', 'mirror'])
      .optional()
      .describe('r ← r(1 − 2ηg), the default, or r ← r·exp(−2ηg), which needs the conic chart'),
    positionRate: finite.min(0).optional().describe('steps of positions over steps of weights; default 1'),
  },
};

/** By how they are driven. */
export const fixedStepNames: readonly string[] = registered.filter(s => s.fixedStep).map(s => s.name);
/** Solvers that locate kinks by themselves, then those that step over them and rest there; methods that solve systems with the Jacobian. */
export const locatedNames: readonly string[] = [true, false].flatMap(locates =>
  registered.filter(s => s.located && 'stepper' in s === locates).map(s => s.name),
);
export const implicitNames: readonly string[] = registered
  .filter(s => s.stepper?.implicit || s.stepper?.chooses)
  .map(s => s.name);
/** Solvers that keep to bounds, those to try first at the front. */
export const insideNames: readonly string[] = [
  ...new Set([
    'inclusion',
    'proximal-euler',
    ...locatedNames,
    ...registered.filter(s => s.staysInside).map(s => s.name),
  ]),
];
/** Adaptive methods that a loose tolerance may lead to another minimum: implicit ones, and those that step over kinks. */
export const boldNames: readonly string[] = registered
  .filter(s => implicitNames.includes(s.name) || (!s.fixedStep && s.located && !('stepper' in s)))
  .map(s => s.name);
export const proximalNames: readonly string[] = registered.filter(s => s.needs.includes('split')).map(s => s.name);
export const stochasticNames: readonly string[] = registered.filter(s => s.needs.includes('batch')).map(s => s.name);
/** Methods that draw at random: batches or noise. */
export const noisyNames: readonly string[] = registered
  .filter(s => s.needs.includes('batch') || s.dynamics === 'noisy')
  .map(s => s.name);
const steppers = registered.filter(s => 'stepper' in s).map(s => s.name);

/** Why a method that is named as `relaxed(…)` is not to be had; undefined where nothing is to be said. */
export function wrapperFault(name: unknown): string | undefined {
  const inner = /^relaxed\((.+)\)$/.exec(String(name))?.[1];
  const found = registered.find(s => s.name === inner);
  return found?.stepper && solvers.relaxed.fault(found.stepper);
}

const solver = z.union([
  z.strictObject({ kind: z.literal('inclusion'), method: z.enum(steppers).optional(), ...tolerances, ...events }),
  ...registered.map(s =>
    s.fixedStep
      ? fixedStep(s.name, ownSettings[s.name])
      : z.strictObject({ kind: z.literal(s.name), ...tolerances, ...(s.located && events) }),
  ),
]) as z.ZodType<SolverSpec>;

const time = z.strictObject({
  end: finite.min(0),
  saveAt: z
    .array(finite.min(0))
    .max(LIMITS.saveAt)
    .optional()
    .describe('increasing times in [0, end]; default: 0 and end'),
});

const stop = z.strictObject({ stationarity: positive.optional().describe('stop once |u′|_m is at most this') });
const budget = z.strictObject({
  steps: z.int().min(1).max(LIMITS.steps).optional().describe('accepted and rejected steps'),
  seconds: positive.optional().describe('wall time'),
});

/** A method of fixed step with its own settings; its noise and batches come from the streams of the seed. */
export function configured(given: SolverSpec, seed: string): Solver | undefined {
  const found = byName(given.kind) as (Solver & { variant?: (o: object) => Solver }) | undefined;
  if (!found?.variant) return found;
  const settings = given as unknown as Record<string, unknown>;
  const own = Object.keys(ownSettings[given.kind] ?? {}).filter(key => settings[key] !== undefined);
  return found.variant({ ...Object.fromEntries(own.map(key => [key, settings[key]])), seed });
}

/** η of a method of fixed step on m particles: in flow time, or a length. */
export const stepOf = ({ kind, step, rate }: SolverSpec, m: number): number | undefined =>
  step ?? (rate === undefined || isLength(kind) ? rate : rate / m);

/** Discrete methods whose iterates approach the flow as η → 0, each in its own time. */
export const COMPARED = ['sgd', 'proximal-sgd', 'heavy-ball', 'gd', 'proximal-euler'] as const;
const OSCILLATES = 'in time √η·k it follows an equation of second order, not the flow';
/** Why the others are not held against it. */
export const notCompared: Readonly<Record<string, string>> = {
  nesterov: OSCILLATES,
  fista: OSCILLATES,
  adam: 'its steps have one length for every gradient, and follow no flow',
  langevin: 'its noise does not vanish with the step',
  cpgd: 'in the Euclidean metric it is gd',
};

const stepsize = z.strictObject({
  methods: z.array(z.enum(COMPARED)).min(1).optional(),
  settings: solver
    .optional()
    .describe('a solver whose momentum, batch, … the method of its name takes; default: that of the experiment'),
  steps: z.array(step).min(1).max(200).optional().describe('η in flow time'),
  rates: z.array(step).min(1).max(200).optional().describe('raw learning rates, η = rate/m'),
  end: positive.optional().describe('default: time.end'),
  count: z.int().min(1).max(LIMITS.particles).optional().describe('particles; default: those of the experiment'),
});

const compare = z.strictObject({
  counts: z
    .array(z.int().min(1).max(LIMITS.particles))
    .min(1)
    .max(20)
    .optional()
    .describe('one run for each number of particles'),
  seeds: z.int().min(2).max(1000).optional().describe('the same experiment under so many seeds: mean and band of F'),
  starts: z
    .enum(['same', 'drawn'])
    .optional()
    .describe('of the seeds: one start for all, or a draw each, the default where neither method nor data are drawn'),
  data: z.enum(['same', 'drawn']).optional().describe('of the seeds: one problem for all, the default, or a draw each'),
  stepsize: stepsize.optional(),
});

/** The experiment as a user writes it. */
export const experimentSchema = z
  .strictObject({
    name: name.optional(),
    title: z.string().max(200).optional(),
    note: z.string().max(2000).optional(),
    problem,
    particles,
    solver: solver.optional(),
    time,
    stop: stop.optional(),
    budget: budget.optional(),
    compare: compare.optional(),
    seed: seed.optional(),
  })
  .describe('An experiment of particle-gradient-flow');

export type Experiment = z.infer<typeof experimentSchema>;
