/**
 * Reading results back: a result.json from elsewhere is hostile until it has the shape of results.ts.
 */
import { z } from 'zod';
import { type Fault, InvalidExperiment } from './experiment-file.js';
import { polish } from './measure/polish.js';
import { meanings } from './outcome.js';
import { fromRows } from './particles.js';
import { crossFaults } from './resolve.js';
import type { RunResult, Study } from './results.js';
import { settingOf } from './run.js';
import { experimentSchema } from './spec.js';
import { titleOf, truthOf } from './study.js';
import type { Code } from './types.js';

/** JSON has no NaN and no infinities; results carry them as words. */
export const number = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);
export const numbers = z.array(number);
const rows = z.array(numbers);
export const text = z.string().max(10_000);
export const code = z.enum(Object.keys(meanings) as [Code, ...Code[]]);
const spike = z.object({ weight: number, position: numbers, particles: number });

export const certificate = z.object({
  primal: number,
  dual: number,
  gap: number,
  polishedGap: number.nullable(),
  excessAtLeast: number,
  verdict: z.enum(['global-within-gap', 'not-global', 'unknown']),
  decidedBy: z.enum(['gap', 'polished', 'excess']).nullable(),
  method: text,
  proof: z.boolean(),
  maxAbsEta: number,
  maxAbsEtaUpper: number,
  at: numbers,
  bound: number,
});

const stats = z.object({
  steps: number,
  rejected: number,
  velocityEvaluations: number,
  marginEvaluations: number,
  jacobians: number.default(0),
  factorisations: number.default(0),
  events: number,
});
const choices = z.array(z.object({ t: number, method: text, why: text })).max(100_000);
const rescues = z.object({ refusals: number, rises: number, first: number, last: number });
const side = z.union([z.literal(-1), z.literal(0), z.literal(1)]);

const heldOut = z.object({
  source: z.enum(['test', 'evaluation']),
  rows: number,
  points: z
    .array(
      z.object({
        t: number,
        loss: number,
        standardError: number,
        accuracy: number.nullable(),
        trainingLoss: number.nullable(),
        trainingAccuracy: number.nullable(),
      }),
    )
    .min(1),
});

export const outcome = z.object({
  code,
  ok: z.boolean(),
  t: number,
  message: text,
  stats,
  choices: choices.optional(),
  rescues: rescues.optional(),
});

/** What `pgf run --json` prints. */
export const runSchema = z.object({
  spec: experimentSchema,
  outcome,
  series: z.object({
    t: numbers,
    energy: numbers,
    dissipation: numbers,
    stationarity: numbers,
    standardError: numbers.optional(),
  }),
  saved: z.object({
    t: numbers,
    particles: z.array(rows),
    energy: numbers,
    dissipation: numbers,
    standardError: numbers.optional(),
  }),
  final: z.object({ t: number, particles: rows }),
  audit: z.object({
    relativeDefect: number,
    rises: number,
    largestRise: number,
    looks: number.optional(),
    dynamics: z.enum(['inertial', 'adaptive', 'noisy']).optional(),
  }),
  certificate,
  sparsity: z
    .object({
      active: number,
      spikes: z.array(spike),
      truth: z
        .object({ radius: number, recovered: number, missed: number, spurious: number, largestPositionError: number })
        .nullable(),
    })
    .nullable(),
  heldOut: heldOut.optional(),
  convergence: z
    .object({
      fate: z.enum(['settled', 'drifting', 'escaping']),
      path: number,
      rate: number.nullable(),
      remaining: number,
      size: number,
      outward: number,
    })
    .nullable()
    .default(null),
  verification: z
    .object({ rtol: number, outcome: code, distance: number, at: number, energy: number, sameEvents: z.boolean() })
    .nullable()
    .default(null),
  freeEnergy: z
    .object({
      temperature: number,
      neighbours: number,
      t: numbers,
      energy: numbers,
      entropy: numbers,
      standardError: numbers,
    })
    .optional(),
  polished: z
    .object({ energy: number, residual: number, steps: number, dropped: number, spikes: z.array(spike) })
    .optional(),
  domain: z.array(
    z.union([
      z.object({ name: text, kind: z.literal('line') }),
      z.object({ name: text, kind: z.literal('period'), period: number }),
      z.object({ name: text, kind: z.literal('interval'), from: number, to: number }),
      z.strictObject({ name: text, kind: z.literal('half-line'), from: number }),
      z.strictObject({ name: text, kind: z.literal('half-line'), to: number }),
    ]),
  ),
  copies: z.array(side).optional(),
  spectrum: z
    .object({
      t: numbers,
      radius: numbers,
      sharpness: numbers.optional(),
      edge: number.optional(),
      limitStep: number,
      limitRate: number,
    })
    .nullable(),
  events: z.array(
    z.object({
      t: number,
      kink: number,
      particle: number,
      sample: number.optional(),
      wall: z.object({ coordinate: number, at: number }).optional(),
      from: side,
      to: side,
    }),
  ),
  paths: z.object({ t: numbers, particles: z.array(rows) }),
  curve: z.object({ theta: numbers, eta: numbers }).nullable(),
  notes: z.array(text),
  warnings: z.array(text),
});

const row = z.object({
  method: text,
  step: number,
  rate: number,
  ofLimit: number,
  distance: number,
  relativeDistance: number,
  finalEnergy: number,
  excess: number,
  stable: z.boolean(),
  rises: number,
  largestRise: number,
  outcome: code,
  leaves: z.object({ predicted: number.nullable(), actual: number.nullable() }).optional(),
  curve: z.object({ t: numbers, excess: numbers }),
});

/** What `pgf stepsize --json` prints. */
export const stepsizeSchema = z.object({
  particles: number,
  end: number,
  radius: number,
  limitStep: number,
  limitRate: number,
  reference: z.object({ value: number, source: text }),
  rows: z.array(row),
  methods: z.array(
    z.object({
      method: text,
      order: number.nullable(),
      fittedOver: numbers,
      largestStable: z.object({ step: number, rate: number, ofLimit: number, unstableAt: number }).nullable(),
    }),
  ),
});

const member = z.object({ t: numbers, energy: numbers, code });
export const membersSchema = z.array(member);
export const ensembleSchema = z.object({
  particles: number,
  seeds: number,
  failed: number,
  starts: z.enum(['same', 'drawn']),
  data: z.literal('drawn').optional(),
  t: numbers,
  mean: numbers,
  deviation: numbers,
  levels: z.tuple([number, number]),
  low: numbers,
  high: numbers,
  members: membersSchema,
});

export const manifest = z.object({
  version: text,
  node: text,
  command: text,
  seconds: number,
  created: text,
  interrupted: z.boolean(),
});

/** What `pgf run --json` prints for an experiment with `compare`. */
export const studySchema = z.object({
  format: z.literal('pgf-study-1'),
  name: text,
  title: text,
  note: text,
  spec: experimentSchema,
  runs: z.array(runSchema).min(1),
  ensembles: z.array(ensembleSchema).optional(),
  stepsize: stepsizeSchema.nullable(),
  stepsizeFailure: text.nullable(),
  minimum: z.object({ upper: number, lower: number, spikes: z.array(spike), from: number }).nullable(),
  truth: z.array(z.tuple([number, number])).nullable(),
  manifest,
});

/** Lists of equal length that only some runs have. */
function listsOf({ freeEnergy }: RunResult): { freeEnergy?: object } {
  if (!freeEnergy) return {};
  const { temperature: _, neighbours: __, ...lists } = freeEnergy;
  return { freeEnergy: lists };
}

/** What the shape alone does not say: that the parts of a run belong together. */
function faultsOfRun(r: RunResult): Fault[] {
  const faults = crossFaults(r.spec).map(f => ({ ...f, path: ['spec', ...f.path] }));
  if (faults.length > 0) return faults;
  const dim = r.domain.length;
  const clouds = { final: [r.final.particles], saved: r.saved.particles, paths: r.paths.particles };
  const m = r.final.particles.length;
  for (const [key, states] of Object.entries(clouds)) {
    const count = key === 'paths' ? states[0]?.length : m;
    const bad = states.findIndex(
      rows => rows.length === 0 || rows.length !== count || rows.some(row => row.length !== dim),
    );
    if (bad >= 0)
      faults.push({ path: [key, bad], message: `rows of ${dim} numbers, as many as particles, are wanted` });
  }
  const lengths = (group: object) =>
    new Set(
      Object.values(group)
        .filter(a => a !== undefined)
        .map(a => (a as unknown[]).length),
    );
  for (const [key, group] of Object.entries({ series: r.series, saved: r.saved, paths: r.paths, ...listsOf(r) }))
    if (lengths(group).size > 1) faults.push({ path: [key], message: 'its lists differ in length' });
  if (r.series.t.length === 0) faults.push({ path: ['series', 't'], message: 'must have at least 1 entry' });
  return faults;
}

/** The reason a document is refused, with its place. */
function refusal(error: z.ZodError, source: string): InvalidExperiment {
  const [first] = error.issues;
  return new InvalidExperiment(
    [{ path: first.path as (string | number)[], message: `not a result of pgf: ${first.message}` }],
    source,
  );
}

/** One run as a study of its own: ground truth and polished minimum are found again from what it holds. */
function studyOf(r: RunResult, source: string): Study {
  const { problem } = settingOf(r.spec);
  const particles = r.final.particles;
  return {
    format: 'pgf-study-1',
    name: r.spec.name ?? r.spec.problem.kind,
    title: titleOf(r.spec),
    note: r.spec.note ?? '',
    spec: r.spec,
    runs: [r],
    stepsize: null,
    stepsizeFailure: null,
    minimum:
      particles.length > 0 && r.outcome.ok ? polish(problem, fromRows(particles, problem.dim), particles.length) : null,
    truth: truthOf(problem),
    manifest: { version: '', node: '', command: `pgf report ${source}`, seconds: 0, created: '', interrupted: false },
  };
}

/** A stored result (one run or a study) as a study. Throws InvalidExperiment when it is neither. */
export function studyFrom(text: string, source: string): Study {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidExperiment([{ path: [], message: `not JSON: ${(error as Error).message}` }], source);
  }
  const many = typeof value === 'object' && value !== null && 'format' in value;
  const result = many ? studySchema.safeParse(value) : runSchema.safeParse(value);
  if (!result.success) throw refusal(result.error, source);
  const runs = many ? (result.data as Study).runs : [result.data as RunResult];
  const ragged = ((many && (result.data as Study).ensembles) || []).findIndex(
    e => new Set([e.t, e.mean, e.deviation, e.low, e.high].map(list => list.length)).size > 1,
  );
  if (ragged >= 0)
    throw new InvalidExperiment([{ path: ['ensembles', ragged], message: 'its lists differ in length' }], source);
  const faults = runs.flatMap((r, i) =>
    faultsOfRun(r).map(f => ({ ...f, path: [...(many ? ['runs', i] : []), ...f.path] })),
  );
  if (faults.length > 0) throw new InvalidExperiment(faults, source);
  return many ? (result.data as Study) : studyOf(result.data as RunResult, source);
}

/** Whether a text is meant as a stored result, rightly or wrongly made: an experiment has none of these keys. */
export function looksStored(text: string): boolean {
  try {
    const value = JSON.parse(text) as unknown;
    return (
      typeof value === 'object' &&
      value !== null &&
      ['format', 'outcome', 'series', 'certificate'].some(k => k in value)
    );
  } catch {
    return false;
  }
}

/** Several stored results side by side; step sizes and bracket of the minimum from the first that has them. */
export function together(studies: readonly Study[]): Study {
  const [first] = studies;
  const brackets = studies.flatMap(s => s.minimum ?? []);
  return {
    ...first,
    runs: studies.flatMap(s => s.runs),
    stepsize: studies.find(s => s.stepsize)?.stepsize ?? null,
    minimum: brackets.sort((a, b) => a.upper - a.lower - (b.upper - b.lower))[0] ?? null,
  };
}
