/** The shapes of what the commands beside `pgf run` print with `--json` and leave in their folders. Every object is strict. */
import { z } from 'zod';
import type { AuditReport } from './audit.js';
import type { Escape } from './escape.js';
import type { FigureData } from './figure-results.js';
import type { GridStudy, LimitStudy } from './limit-results.js';
import type { MethodComparison } from './method-results.js';
import { experimentSchema } from './spec.js';
import { certificate, code, manifest, number, numbers, outcome, text } from './stored.js';
import type { Hole } from './tracers.js';
import type { WorkPrecision } from './work-results.js';

const words = z.array(text);
/** Of one experiment. */
const whole = { name: text, title: text, spec: experimentSchema, notes: words, manifest };

const atom = z.strictObject({ weight: number, position: numbers });
const history = z.strictObject({
  round: numbers,
  positions: numbers,
  suprema: numbers,
  seconds: numbers,
  energy: numbers,
  gap: numbers,
});
const methodRow = z.strictObject({
  method: text,
  ok: z.boolean(),
  words: text,
  atoms: z.array(atom).nullable(),
  spikes: number.nullable(),
  energy: number,
  gap: number,
  excess: number,
  rounds: number,
  positions: number,
  suprema: number,
  seconds: number,
  numbers: z.record(z.string(), number),
  history,
});

/** methods.json: what `pgf compare-methods --json` prints. */
export const methodsSchema = z.strictObject({
  format: z.literal('pgf-methods-1'),
  ...whole,
  lower: number,
  upper: number,
  rows: z.array(methodRow),
  leftOut: z.array(z.strictObject({ method: text, reason: text })),
}) satisfies z.ZodType<MethodComparison>;

const limited = {
  ...whole,
  start: text,
  counts: numbers,
  times: numbers,
  failures: z.array(z.strictObject({ particles: number, seed: text, code, message: text })),
};
const metric = z.enum(['w2', 'mmd', 'function', 'bl']);
const limitRow = z.strictObject({
  metric,
  particles: number,
  t: number,
  mean: number,
  low: number,
  high: number,
  values: numbers,
});
const limitSlope = z.strictObject({ metric, t: number, slope: number.nullable(), error: number });

const distances = z.strictObject({
  format: z.literal('pgf-limit-1'),
  ...limited,
  reference: z.strictObject({ particles: number, start: text }),
  seeds: number,
  metrics: z.array(z.strictObject({ metric, name: text })),
  rows: z.array(limitRow),
  slopes: z.array(limitSlope),
}) satisfies z.ZodType<LimitStudy>;

const cells = z.strictObject({
  start: text,
  energy: z.array(numbers),
  verdicts: z.array(z.enum(['global', 'not-global', 'unknown'])),
  excessAtLeast: numbers,
});

const grid = z.strictObject({
  format: z.literal('pgf-limit-grid-1'),
  ...limited,
  bracket: z.strictObject({ lower: number, upper: number, proof: z.boolean(), source: text }),
  scale: number,
  scaleName: text,
  cells,
  control: cells.nullable(),
}) satisfies z.ZodType<GridStudy>;

/** limit.json: what `pgf limit --json` prints, without and with `--grid`. */
export const limitSchema = z.union([distances, grid]);

const path = z.strictObject({
  fate: z.enum(['positive', 'negative', 'gone', 'resting', 'plain']),
  x: numbers,
  y: numbers,
  label: text.exactOptional(),
});
const paths = z.strictObject({
  kind: z.literal('paths'),
  heading: text,
  x: text,
  y: text,
  square: z.boolean(),
  circle: z.boolean().exactOptional(),
  frame: z.tuple([number, number, number, number]).exactOptional(),
  paths: z.array(path),
  rays: z.array(numbers).exactOptional(),
  rules: numbers.exactOptional(),
  field: z.strictObject({ columns: number, rows: number, values: numbers, levels: numbers }).exactOptional(),
});
const curves = z.strictObject({
  kind: z.literal('curves'),
  heading: text,
  x: z.strictObject({ label: text, log: z.boolean(), plain: z.boolean().exactOptional() }),
  y: z.strictObject({ label: text, log: z.boolean(), floor: number.exactOptional() }),
  curves: z.array(
    z.strictObject({ label: text, x: numbers, y: numbers, mark: z.enum(['line', 'dots']), colour: number }),
  ),
  rules: numbers.exactOptional(),
  band: number.exactOptional(),
});

/** NAME.json: what `pgf figure --json` and `pgf regimes --json` print. */
export const figureSchema = z.strictObject({
  format: z.literal('pgf-figure-1'),
  name: text,
  title: text,
  caption: text,
  assumed: words,
  dashed: text.exactOptional(),
  rows: z.array(z.array(z.discriminatedUnion('kind', [paths, curves]))),
  table: z.strictObject({ header: words, rows: z.array(z.array(z.union([number, text]))) }),
  manifest: z.strictObject({ version: text, command: text, seconds: number }),
}) satisfies z.ZodType<FigureData>;

/** What `pgf audit --json` prints: one report for each run. */
export const auditSchema = z.array(
  z.strictObject({
    particles: number,
    checks: z.array(z.strictObject({ name: text, ok: z.boolean().nullable(), found: text, allowed: text })),
    certificate,
    ok: z.boolean(),
  }),
) satisfies z.ZodType<AuditReport[]>;

const replay = z.strictObject({
  added: number,
  where: z.enum(['inside', 'outside']),
  before: number,
  after: number,
  woken: number,
  certificate,
  outcome: code,
});

/** What `pgf escape --json` prints; holes with `--tracers`. */
export const escapeSchema = z.strictObject({
  particles: number,
  energy: number,
  sets: z
    .strictObject({
      depth: number,
      plus: number,
      minus: number,
      samples: number,
      inside: number,
      insideMass: number,
      fillDistance: number,
    })
    .nullable(),
  replays: z.array(replay),
  holes: z
    .array(z.strictObject({ t: number, hole: number, error: number, tracers: number, angle: number.exactOptional() }))
    .exactOptional(),
}) satisfies z.ZodType<Escape & { holes?: Hole[] }>;

const work = z.strictObject({ method: text, work: number });

/** What `pgf bench solvers --json` prints. */
export const benchSchema = z.strictObject({
  problem: text,
  particles: number,
  end: number,
  reference: z.strictObject({ method: text, rtol: number, error: number }),
  rows: z.array(
    z.strictObject({
      method: text,
      rtol: number,
      error: number,
      floor: z.boolean(),
      defect: number,
      seconds: number,
      outcome,
    }),
  ),
  recommended: z.array(z.strictObject({ error: number, evaluations: work, seconds: work })),
}) satisfies z.ZodType<WorkPrecision>;
