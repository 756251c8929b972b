/**
 * The experiment file: one schema for CLI, library, report and lab. Every object is strict, every number finite.
 */
import { z } from 'zod';

/** Longer lists and larger clouds than this are a slip of the pen, not an experiment. */
export const LIMITS = { particles: 1_000_000, order: 2000, saveAt: 100_000, spikes: 10_000, steps: 1e9 } as const;

const finite = z.number();
const positive = finite.gt(0);
const seed = z.string().min(1).max(200);
/** A label, also part of folder names. */
const name = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dot, dash and underscore, beginning with a letter or digit');
const spike = z.tuple([finite, finite]).describe('[weight, position]');
const truth = z.array(spike).max(LIMITS.spikes).optional().describe('spikes the observation was made from, for pictures and counts');

const observation = z.union([
  z
    .strictObject({
      coefficients: z.array(finite).min(1).describe('2K+1 numbers: [1, √2 cos 2πkθ (k = 1…K), √2 sin 2πkθ (k = 1…K)]'),
      truth,
      source: z.string().max(4096).optional().describe('where they came from'),
    })
    .describe('y given in the orthonormal Fourier basis'),
  z
    .strictObject({
      spikes: z.array(spike).min(1).max(LIMITS.spikes),
      noise: z
        .strictObject({ level: finite.min(0).describe('standard deviation per coefficient'), seed: seed.optional() })
        .optional(),
    })
    .describe('y = Σ aⱼ φ(pⱼ) + level·N(0,1) per coefficient'),
  z
    .strictObject({
      samples: z.string().min(1).max(4096).describe('CSV file with columns x,y, relative to the experiment file'),
      period: positive.optional().describe('length of the circle in units of x (default 1)'),
    })
    .describe('y by least squares from samples of a real signal at any spacing'),
]);

const problem = z.strictObject({
  kind: z.literal('deconvolution'),
  order: z.int().min(1).max(LIMITS.order).describe('K: frequencies up to K are observed'),
  lambda: positive.describe('R(f) = |f − y|²/(2λ)'),
  penalty: z
    .strictObject({ kind: z.literal('abs-weight'), beta: finite.min(0) })
    .optional()
    .describe('V = β|w|; default β = 1'),
  observation,
});

const particles = z.union([
  z.strictObject({
    count: z.int().min(1).max(LIMITS.particles),
    init: z.enum(['grid', 'midpoints', 'random']).optional().describe('default grid: w = 0 at θ = i/m'),
  }),
  z.strictObject({ values: z.array(z.array(finite)).min(1).max(LIMITS.particles).describe('rows [w, θ]') }),
]);

/** Above this a step is a typing error; below it a large one simply diverges and is shown to. */
const step = positive.max(1e100);
const tolerances = { rtol: finite.min(0).max(1).optional(), atol: finite.min(0).optional() };
const fixedStep = (kind: string) =>
  z
    .strictObject({
      kind: z.literal(kind),
      step: step.optional().describe('η in flow time: u ← u + η·v'),
      rate: step.optional().describe('raw learning rate on ∇F_m: η = rate/m'),
    })
    .refine(s => (s.step === undefined) !== (s.rate === undefined), { message: 'give exactly one of step (flow time) and rate (η = rate/m)' });

const solver = z.union([
  z.strictObject({ kind: z.literal('inclusion'), method: z.literal('dopri5').optional(), ...tolerances }),
  z.strictObject({ kind: z.literal('dopri5'), ...tolerances }),
  z.strictObject({ kind: z.literal('odex'), ...tolerances }),
  fixedStep('proximal-euler'),
  fixedStep('gd'),
]);

const time = z.strictObject({
  end: finite.min(0),
  saveAt: z.array(finite.min(0)).max(LIMITS.saveAt).optional().describe('increasing times in [0, end]; default: 0 and end'),
});

const stop = z.strictObject({ stationarity: positive.optional().describe('stop once |u′|_m is at most this') });
const budget = z.strictObject({
  steps: z.int().min(1).max(LIMITS.steps).optional().describe('accepted and rejected steps'),
  seconds: positive.optional().describe('wall time'),
});

const stepsize = z.strictObject({
  methods: z.array(z.enum(['gd', 'proximal-euler'])).min(1).optional(),
  steps: z.array(step).min(1).max(200).optional().describe('η in flow time'),
  rates: z.array(step).min(1).max(200).optional().describe('raw learning rates, η = rate/m'),
  end: positive.optional().describe('default: time.end'),
  count: z.int().min(1).max(LIMITS.particles).optional().describe('particles; default: those of the experiment'),
});

const compare = z.strictObject({
  counts: z.array(z.int().min(1).max(LIMITS.particles)).min(1).max(20).optional().describe('one run for each number of particles'),
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
