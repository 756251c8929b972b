/**
 * The experiment file: one schema for CLI, library, report and lab. Every object is strict, every number finite.
 */
import { z } from 'zod';
import * as problems from '../problems/index.js';
import * as solvers from '../solvers/index.js';
import type { ProblemKind, ProblemSpec } from './types.js';

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
}

/** Above this a step is a typing error; below it a large one simply diverges and is shown to. */
const step = positive.max(1e100);
const tolerances = { rtol: finite.min(0).max(1).optional(), atol: finite.min(0).optional() };
const fixedStep = (kind: string, own: z.ZodRawShape = {}) =>
  z
    .strictObject({
      kind: z.literal(kind),
      step: step.optional().describe('η in flow time: u ← u + η·v'),
      rate: step.optional().describe('raw learning rate on ∇F_m: η = rate/m'),
      ...own,
    })
    .refine(s => (s.step === undefined) !== (s.rate === undefined), {
      message: 'give exactly one of step (flow time) and rate (η = rate/m)',
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
};

/** What a solver has besides how it is driven. */
const ownSettings: Readonly<Record<string, z.ZodRawShape>> = {
  sgd: stochastic,
  'proximal-sgd': stochastic,
  cpgd: {
    retraction: z
      .enum(['canonical', 'mirror'])
      .optional()
      .describe('r ← r(1 − 2ηg), the default, or r ← r·exp(−2ηg), which needs the conic chart'),
    positionRate: finite.min(0).optional().describe('steps of positions over steps of weights; default 1'),
  },
};

/** Solvers that are registered, by how they are driven. */
const registered = Object.values(solvers).filter(s => typeof s === 'object');
export const fixedStepNames: readonly string[] = registered.filter(s => s.fixedStep).map(s => s.name);
/** Solvers that locate kinks by themselves, then those that step over them and rest there; methods that solve systems with the Jacobian. */
export const locatedNames: readonly string[] = [true, false].flatMap(locates =>
  registered.filter(s => s.located && 'stepper' in s === locates).map(s => s.name),
);
export const implicitNames: readonly string[] = registered.filter(s => s.stepper?.implicit).map(s => s.name);
export const stochasticNames: readonly string[] = registered.filter(s => s.needs.includes('batch')).map(s => s.name);
const steppers = registered.filter(s => 'stepper' in s).map(s => s.name);

/** Why a method that is named as `relaxed(…)` is not to be had; undefined where nothing is to be said. */
export function wrapperFault(name: unknown): string | undefined {
  const inner = /^relaxed\((.+)\)$/.exec(String(name))?.[1];
  const found = registered.find(s => s.name === inner);
  return found?.stepper && solvers.relaxed.fault(found.stepper);
}

const solver = z.union([
  z.strictObject({ kind: z.literal('inclusion'), method: z.enum(steppers).optional(), ...tolerances }),
  ...registered.map(s =>
    s.fixedStep ? fixedStep(s.name, ownSettings[s.name]) : z.strictObject({ kind: z.literal(s.name), ...tolerances }),
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

const stepsize = z.strictObject({
  methods: z
    .array(z.enum(['gd', 'proximal-euler']))
    .min(1)
    .optional(),
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
