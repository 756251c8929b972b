/** A problem of the user's own, as expressions: Φ(u; row), ℓ(f; row) and V(u). Derivatives and kinks are found from the formulae. */
import { z } from 'zod';
import { boundsFault } from '../src/math/domain.js';
import type { BuiltProblem, ProblemContext, ProblemFault, ProblemKind, ProblemSpec } from '../src/types.js';
import {
  type Columns,
  type ColumnsSpec,
  columnNames,
  columnsFaults,
  columnsOf,
  columnsSchema,
} from './data/columns.js';
import { treeOf } from './expression/check.js';
import { type Composition, composed, customInitial } from './expression/compose.js';
import { attempt, isFault } from './expression/fault.js';
import { nameFault } from './expression/names.js';

const formula = z.string().max(1_000_000);
const coordinate = z.union([
  z.string().max(100),
  z.strictObject({ name: z.string().max(100), period: z.number().gt(0) }).describe('lives on a circle'),
  z
    .strictObject({ name: z.string().max(100), from: z.number().optional(), to: z.number().optional() })
    .describe('lives in [from, to], or on one side of a bound'),
]);

const schema = z.strictObject({
  kind: z.literal('custom'),
  particle: z.array(coordinate).min(1).max(64).describe('names of the coordinates of a particle u'),
  feature: formula.describe('Φ(u; row), as in "w / (1 + exp(-(a*x1 + b)))"'),
  loss: formula.describe('ℓ(f; row), convex in f; R(f) = Σ over rows; n is the number of rows'),
  penalty: formula.optional().describe('V(u), as in "beta*abs(w)"; default 0'),
  parameters: z.record(z.string().max(100), z.number()).optional().describe('named numbers'),
  data: columnsSchema,
});

interface Spec extends ProblemSpec {
  readonly particle: readonly z.infer<typeof coordinate>[];
  readonly feature: string;
  readonly loss: string;
  readonly penalty?: string;
  readonly parameters?: Readonly<Record<string, number>>;
  readonly data: ColumnsSpec;
}

const listed = (spec: Spec): Composition['coordinates'] =>
  spec.particle.map(c => {
    if (typeof c === 'string') return { name: c };
    if ('period' in c) return c;
    const { name, from, to } = c;
    return { name, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  });
const coordinateNames = (spec: Spec): string[] => listed(spec).map(c => c.name);
const parameterNames = (spec: Spec): string[] => Object.keys(spec.parameters ?? {});

/** Names that are no names, and names that are taken. */
function nameFaults(spec: Spec, columns: readonly string[]): ProblemFault[] {
  const under = 'columns' in spec.data ? 'columns' : 'grid' in spec.data ? 'grid' : 'file';
  const all: { name: string; path: (string | number)[] }[] = [
    ...coordinateNames(spec).map((name, j) => ({ name, path: ['particle', j] })),
    ...parameterNames(spec).map(name => ({ name, path: ['parameters', name] })),
    ...columns.map(name => ({ name, path: under === 'file' ? ['data'] : ['data', under, name] })),
  ];
  return all.flatMap(({ name, path }, i) => {
    const bad = nameFault(name);
    if (bad) return [{ path, message: bad }];
    if (all.findIndex(other => other.name === name) === i) return [];
    return [{ path, message: `${JSON.stringify(name)} is there twice among coordinates, parameters and columns` }];
  });
}

/** Expressions against the names there are; `columns` is null while they are in a file. */
function formulaFaults(spec: Spec, columns: readonly string[] | null): ProblemFault[] {
  const common = [...parameterNames(spec), 'n'];
  const rows = [...(columns ?? []), ...common];
  const open = columns === null;
  const checks: [string, string, readonly string[], boolean][] = [
    ['feature', spec.feature, [...coordinateNames(spec), ...rows], open],
    ['loss', spec.loss, ['f', ...rows], open],
  ];
  if (spec.penalty !== undefined) checks.push(['penalty', spec.penalty, [...coordinateNames(spec), ...common], false]);
  return checks.map(([path, text, names, o]) => attempt(path, () => treeOf(text, { names, open: o }))).filter(isFault);
}

/** Bounds that leave nothing between them, and bounds that are none. */
const boundFaults = (spec: Spec): ProblemFault[] =>
  listed(spec).flatMap(({ from, to, period }, j) => {
    const path = ['particle', j];
    if (typeof spec.particle[j] !== 'string' && from === undefined && to === undefined && period === undefined)
      return [{ path, message: 'wants from, to or period beside name; a coordinate on the line is its name alone' }];
    const message = boundsFault(from, to);
    return message === null ? [] : [{ path, message }];
  });

function faults(spec: Spec): ProblemFault[] {
  const columns = columnNames(spec.data);
  const wrong = [
    ...boundFaults(spec),
    ...nameFaults(spec, columns ?? []),
    ...columnsFaults(spec.data).map(f => ({ ...f, path: ['data', ...f.path] })),
  ];
  return wrong.length > 0 ? wrong : formulaFaults(spec, columns);
}

const compositionOf = (spec: Spec, columns: Columns): Composition => ({
  coordinates: listed(spec),
  feature: spec.feature,
  loss: spec.loss,
  ...(spec.penalty !== undefined && { penalty: spec.penalty }),
  parameters: new Map(Object.entries(spec.parameters ?? {})),
  columns,
});

function build(spec: Spec, context: ProblemContext, refuse: (fault: ProblemFault) => never): BuiltProblem {
  const columns = columnsOf(spec.data, context, refuse);
  const names = [...columns.keys()];
  const wrong = [...nameFaults(spec, names), ...formulaFaults(spec, names)];
  if (wrong.length > 0) return refuse(wrong[0]);
  const made = composed(compositionOf(spec, columns));
  if (isFault(made)) return refuse(made);
  const read = 'file' in spec.data;
  const data = { columns: Object.fromEntries([...columns].map(([k, v]) => [k, Array.from(v)])) };
  const source = read ? [`${columns.get(names[0])?.length} rows of ${(spec.data as { file: string }).file}`] : [];
  return { problem: made.problem, frozen: read ? { ...spec, data } : spec, notes: [...source, ...made.notes] };
}

/** How the experiment file knows it. */
export const customKind: ProblemKind = {
  kind: 'custom',
  summary: 'a problem of your own: feature, loss and penalty as expressions on a table, a CSV or a grid',
  template: `kind: custom
particle: [w, a, b]                         # names of the coordinates of u; a circle: { name: theta, period: 1 }; bounds: { name: a, from: 0, to: 1 }
feature: w / (1 + exp(-(a*x1 + b)))         # Φ(u; row)
loss: (f - y)^2 / (2*lambda*n)              # ℓ(f, y; row), n rows; R is its sum over the rows
penalty: beta*abs(w)                        # V(u)
parameters: { lambda: 0.05, beta: 0.1 }
data:
  columns: { x1: [-1.5, -1, -0.5, 0, 0.5, 1, 1.5], y: [0.1, 0, 0.2, 0.9, 1.7, 2.1, 2] }
  # file: data.csv                          # the header names the columns`,
  schema,
  complete: spec => spec,
  faults: spec => faults(spec as Spec),
  coordinates: spec => coordinateNames(spec as Spec),
  initialisers: Object.keys(customInitial([])),
  build: (spec, context, refuse) => build(spec as Spec, context, refuse),
};
