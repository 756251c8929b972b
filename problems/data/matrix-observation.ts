/** What is seen of a matrix: all entries, some of them, or Gaussian measurements; of a given matrix or of one made from factors. */
import { z } from 'zod';
import { random } from '../../src/math/random.js';
import type { ProblemContext, ProblemFault, Random, Vec } from '../../src/types.js';
import { functionals, type LinearMap, selection } from '../features/measured.js';

const seed = z.union([z.string().min(1).max(200), z.int()]);
const MOST_ROWS = 1000;
/** Sensing matrices are kept whole: this many numbers are a few megabytes of JSON. */
const MOST_SENSED = 250_000;

export const vectors = z.array(z.array(z.number()).min(1).max(MOST_ROWS)).min(1).max(MOST_ROWS);
export const noiseSchema = z.strictObject({
  level: z.number().min(0).describe('standard deviation'),
  seed: seed.optional(),
});

/** Keys of a kind's schema, beside `factors`, which each kind has its own way. */
export const matrixKeys = {
  matrix: z
    .array(z.array(z.number().nullable()).min(1).max(MOST_ROWS))
    .min(1)
    .max(MOST_ROWS)
    .optional()
    .describe('rows; null where an entry is not seen'),
  noise: noiseSchema.optional().describe('on every entry or measurement'),
  mask: z
    .strictObject({
      fraction: z.number().gt(0).max(1).describe('share of the entries that is seen'),
      seed: seed.optional(),
    })
    .optional()
    .describe('a random choice of entries'),
  sensing: z
    .union([
      z.strictObject({ count: z.int().min(1).max(MOST_SENSED), seed: seed.optional() }).describe('Gaussian matrices'),
      z.strictObject({ matrices: z.array(vectors).min(1) }),
    ])
    .optional()
    .describe('measurements ⟨A_k, M⟩ in place of entries, E⟨A_k, X⟩² = |X|²'),
  measurements: z.array(z.number()).min(1).optional().describe('⟨A_k, M⟩ as measured, for sensing.matrices'),
  truth: vectors.optional().describe('the matrix sought; for pictures, and F* where the rest agrees with it'),
};

export type Rows = readonly (readonly number[])[];
type Seed = string | number;

export interface MatrixSpec {
  readonly matrix?: readonly (readonly (number | null)[])[];
  readonly noise?: { readonly level: number; readonly seed?: Seed };
  readonly mask?: { readonly fraction: number; readonly seed?: Seed };
  readonly sensing?: { readonly count: number; readonly seed?: Seed } | { readonly matrices: readonly Rows[] };
  readonly measurements?: readonly number[];
  readonly truth?: Rows;
}

/** How the two kinds differ: whether matrices are symmetric, and which matrix the factors make. */
export interface Make {
  readonly symmetric: boolean;
  /** Undefined where no factors are given. */
  readonly product: Rows | undefined;
}

export interface MatrixObserved {
  readonly rows: number;
  readonly columns: number;
  /** Left out where every entry is seen. */
  readonly map?: LinearMap;
  readonly targets: Vec;
  /** Measurements a mean is taken over; 1 for entries, which are summed. */
  readonly count: number;
  readonly truth?: Rows | undefined;
  /** Whether the targets are those of `truth`, without noise. */
  readonly exact: boolean;
  /** The same observation without a seed. */
  readonly frozen: MatrixSpec;
  readonly notes: readonly string[];
}

const given = (spec: MatrixSpec, product?: Rows) => spec.matrix ?? product;

/** Rows and columns as far as the experiment says; of ragged lists those of the first row. */
export function shapeOf(spec: MatrixSpec, product?: Rows): readonly [number, number] {
  const first = given(spec, product) ?? (spec.sensing && 'matrices' in spec.sensing ? spec.sensing.matrices[0] : []);
  return [first.length, first[0]?.length ?? 0];
}

const SYMMETRY = 1e-12;

/** Ragged rows, another shape than [rows, columns], or an entry that its mirror image contradicts. */
export function matrixFaults(
  M: readonly (readonly (number | null)[])[],
  [rows, columns]: readonly [number, number],
  symmetric: boolean,
): ProblemFault[] {
  const ragged = M.findIndex(r => r.length !== columns);
  const what = symmetric ? `a square matrix of ${rows} rows needs ${columns}` : `${columns}`;
  if (ragged >= 0)
    return [
      { path: [ragged], message: `${what} numbers a row${symmetric ? '' : ' are wanted'}, found ${M[ragged].length}` },
    ];
  if (M.length !== rows)
    return [{ path: [], message: `${rows}×${columns} numbers are wanted, found ${M.length}×${columns}` }];
  const size = Math.max(0, ...M.flat().map(x => Math.abs(x ?? 0)));
  for (let a = 0; symmetric && a < rows; a++)
    for (let b = 0; b < a; b++) {
      const [here, there] = [M[a][b], M[b][a]];
      const off = here === null || there === null ? here !== there : Math.abs(here - there) > SYMMETRY * size;
      if (off)
        return [{ path: [a, b], message: `must be symmetric: found ${here} here and ${there} across the diagonal` }];
    }
  return [];
}

const under = (path: readonly (string | number)[], faults: readonly ProblemFault[]): ProblemFault[] =>
  faults.map(f => ({ ...f, path: [...path, ...f.path] }));

/** Which of the forms was chosen, and what does not go together. */
function formFaults(spec: MatrixSpec & { readonly factors?: unknown }): ProblemFault[] {
  const { matrix, factors, measurements, mask, sensing, noise } = spec;
  const forms = Object.entries({ matrix, factors, measurements }).filter(([, v]) => v !== undefined);
  if (forms.length !== 1) {
    const found = forms.length === 0 ? 'none' : forms.map(([k]) => k).join(' and ');
    return [{ path: [], message: `give exactly one of matrix, factors and measurements, found ${found}` }];
  }
  if (mask && sensing) return [{ path: ['mask'], message: 'does not go together with sensing; give one form only' }];
  if (measurements && !(sensing && 'matrices' in sensing))
    return [{ path: ['measurements'], message: 'needs sensing.matrices, one matrix for each measurement' }];
  if (measurements && noise)
    return [{ path: ['noise'], message: 'is for data that are made here, not for measurements' }];
  return [];
}

function seenFaults({ matrix, sensing }: MatrixSpec): ProblemFault[] {
  const unseen = matrix?.findIndex(r => r.includes(null)) ?? -1;
  if (unseen >= 0 && sensing)
    return [{ path: ['matrix', unseen], message: 'sensing needs every entry of the matrix, found null' }];
  return matrix?.every(r => r.every(x => x === null))
    ? [{ path: ['matrix'], message: 'no entry is seen: every one is null' }]
    : [];
}

function sensingFaults(spec: MatrixSpec, shape: readonly [number, number], symmetric: boolean): ProblemFault[] {
  const { sensing, measurements } = spec;
  if (!sensing) return [];
  const count = 'count' in sensing ? sensing.count : sensing.matrices.length;
  if (count * shape[0] * shape[1] > MOST_SENSED)
    return [
      {
        path: ['sensing'],
        message: `${count} matrices of ${shape[0]}×${shape[1]} are ${count * shape[0] * shape[1]} numbers, at most ${MOST_SENSED} are allowed`,
      },
    ];
  if (measurements && measurements.length !== count)
    return [{ path: ['measurements'], message: `${count} matrices, but ${measurements.length} measurements` }];
  if ('count' in sensing) return [];
  return sensing.matrices.flatMap((A, k) => under(['sensing', 'matrices', k], matrixFaults(A, shape, symmetric)));
}

/** What the schema cannot say. */
export function matrixSpecFaults(spec: MatrixSpec, { symmetric, product }: Make): ProblemFault[] {
  const form = formFaults(spec);
  if (form.length > 0) return form;
  const [rows, columns] = shapeOf(spec, product);
  const shape: readonly [number, number] = symmetric ? [rows, rows] : [rows, columns];
  return [
    ...under(['matrix'], spec.matrix ? matrixFaults(spec.matrix, shape, symmetric) : []),
    ...seenFaults(spec),
    ...sensingFaults(spec, shape, symmetric),
    ...under(['truth'], spec.truth ? matrixFaults(spec.truth, shape, symmetric) : []),
  ].slice(0, 1);
}

/** Places in the flat matrix that are one entry: (a, b) and (b, a) where it is symmetric. */
const entries = (rows: number, columns: number, symmetric: boolean): number[][] =>
  Array.from({ length: rows * columns }, (_, k) => [Math.floor(k / columns), k % columns])
    .filter(([a, b]) => !symmetric || a <= b)
    .map(([a, b]) => (symmetric && a < b ? [a * columns + b, b * columns + a] : [a * columns + b]));

/** A uniform choice of `count` of them (Fisher–Yates). */
function chosen<T>(all: readonly T[], count: number, chance: Random): T[] {
  const rest = [...all];
  for (let k = 0; k < count; k++) {
    const other = k + Math.floor(chance.uniform() * (rest.length - k));
    [rest[k], rest[other]] = [rest[other], rest[k]];
  }
  return rest.slice(0, count);
}

/** count·rows·columns numbers: E⟨A, X⟩² = |X|² for every (symmetric) X. */
function gaussian(count: number, rows: number, columns: number, symmetric: boolean, chance: Random): Vec {
  const out = new Float64Array(count * rows * columns);
  const cells = entries(rows, columns, symmetric);
  for (let k = 0; k < count; k++)
    for (const cell of cells) {
      const value = chance.normal() / Math.sqrt(cell.length);
      for (const place of cell) out[k * rows * columns + place] = value;
    }
  return out;
}

/** Rows of `columns` numbers. */
export const unflat = <T>(flat: readonly T[], columns: number): T[][] =>
  Array.from({ length: flat.length / columns }, (_, a) => flat.slice(a * columns, (a + 1) * columns));

const ROUNDING = 1e-12;

/** Whether y is what is wanted, but for rounding. */
export const agrees = (y: Vec, wanted: Vec): boolean => {
  const size = Math.max(...wanted.map(Math.abs));
  return y.every((x, k) => Math.abs(x - wanted[k]) <= ROUNDING * size);
};

type Draw = (stream: string, own?: Seed) => Random;

function observedEntries(spec: MatrixSpec, make: Make, draw: Draw): MatrixObserved {
  const source = given(spec, make.product) ?? [];
  const [rows, columns] = [source.length, source[0].length];
  const cells = entries(rows, columns, make.symmetric);
  const flat: (number | null)[] = source.flat();
  const before = cells.filter(([k]) => flat[k] !== null);
  const { mask, noise } = spec;
  const kept = mask
    ? chosen(before, Math.max(1, Math.round(mask.fraction * before.length)), draw('mask', mask.seed))
    : before;
  const disturbed = draw('noise', noise?.seed);
  const seen: (number | null)[] = flat.map(() => null);
  for (const cell of kept) {
    const shift = noise?.level ? noise.level * disturbed.normal() : 0;
    for (const k of cell) seen[k] = (flat[k] ?? 0) + shift;
  }
  const places = [...seen.keys()].filter(k => seen[k] !== null);
  const all = places.length === seen.length;
  const complete = before.length === cells.length ? (source as Rows) : undefined;
  const truth = spec.truth ?? (all && !make.product && !noise ? undefined : complete);
  const targets = Float64Array.from(places, k => seen[k] ?? 0);
  const sought = truth?.flat();
  return {
    rows,
    columns,
    ...(!all && { map: selection(places, seen.length) }),
    targets,
    count: 1,
    truth,
    exact:
      sought !== undefined &&
      agrees(
        targets,
        Float64Array.from(places, k => sought[k]),
      ),
    frozen: { matrix: unflat(seen, columns), ...(truth && { truth }) },
    notes: !mask ? [] : [`${kept.length} of ${cells.length} entries are seen`],
  };
}

function observedMeasurements(spec: MatrixSpec, make: Make, draw: Draw): MatrixObserved {
  const [rows, columns] = shapeOf(spec, make.product);
  const sensing = spec.sensing ?? { matrices: [] };
  const A =
    'matrices' in sensing
      ? Float64Array.from(sensing.matrices.flat(2))
      : gaussian(sensing.count, rows, columns, make.symmetric, draw('sensing', sensing.seed));
  const map = functionals(A, rows * columns);
  const source = given(spec, make.product) as Rows | undefined;
  const targets = Float64Array.from(spec.measurements ?? Array<number>(map.to).fill(0));
  if (source) map.timesInto(Float64Array.from(source.flat()), targets);
  const { noise } = spec;
  const disturbed = draw('noise', noise?.seed);
  if (noise?.level) for (let k = 0; k < targets.length; k++) targets[k] += noise.level * disturbed.normal();
  const truth = spec.truth ?? source;
  const wanted = new Float64Array(map.to);
  if (truth) map.timesInto(Float64Array.from(truth.flat()), wanted);
  const matrices = unflat(unflat(Array.from(A), columns), rows);
  return {
    rows,
    columns,
    map,
    targets,
    count: map.to,
    truth,
    exact: truth !== undefined && agrees(targets, wanted),
    frozen: { measurements: Array.from(targets), sensing: { matrices }, ...(truth && { truth }) },
    notes:
      'count' in sensing
        ? [`${map.to} measurements of ${entries(rows, columns, make.symmetric).length} unknown entries`]
        : [],
  };
}

/** Targets, and the map that sees them, however they were given. */
export function observedMatrix(spec: MatrixSpec, make: Make, context: Pick<ProblemContext, 'seed'>): MatrixObserved {
  const draw: Draw = (stream, own) => random(String(own ?? context.seed), stream);
  return spec.sensing ? observedMeasurements(spec, make, draw) : observedEntries(spec, make, draw);
}

/** Σⱼ aⱼbⱼᵀ of equally many rows a and b. */
export const productOf = (left: Rows, right: Rows): Rows =>
  left[0].map((_, a) => right[0].map((_, b) => left.reduce((sum, l, j) => sum + l[a] * right[j][b], 0)));

/** Rows of different lengths among the factors. */
export function factorFaults(rows: Rows): ProblemFault[] {
  const ragged = rows.findIndex(r => r.length !== rows[0].length);
  const message = `${rows[0].length} numbers are wanted as in the first row, found ${rows[ragged]?.length}`;
  return ragged < 0 ? [] : [{ path: [ragged], message }];
}

/** Σ over e of min_{s ≥ 0} (s − e)²/(2λ) + c·s: what soft-thresholding a spectrum leaves (Cai, Candès & Shen 2010, Theorem 2.1). */
export const thresholdedMinimum = (spectrum: readonly number[], lambda: number, c: number): number =>
  spectrum.reduce((sum, e) => sum + (e > lambda * c ? c * e - (lambda * c * c) / 2 : (e * e) / (2 * lambda)), 0);
