/** Checked expressions on a table → Φ, R and V. */

import { between, boundsOf, folded } from '../../src/math/domain.js';
import type { ComposedProblem, Domain, Initialiser, Penalty, ProblemFault } from '../../src/types.js';
import { absoluteAt } from '../penalties/abs-weight.js';
import { absWeighted } from '../penalties/abs-weighted.js';
import { type Tree, treeOf } from './check.js';
import { partsOf } from './derive.js';
import { attempt, isFault } from './fault.js';
import { expressionFeature } from './feature.js';
import type { Corner, Formula, Graph, Id } from './formula.js';
import { graph } from './graph.js';
import { expressionLoss, MODEL_OUTPUT } from './loss.js';
import { type Lowering, lowered } from './lower.js';
import { graphModulus } from './modulus.js';
import { type Split, splitPenalty } from './penalty.js';
import { ExpressionError } from './tokens.js';

export interface Composition {
  readonly coordinates: readonly {
    readonly name: string;
    readonly period?: number;
    readonly from?: number;
    readonly to?: number;
  }[];
  readonly feature: string;
  readonly loss: string;
  readonly penalty?: string;
  readonly parameters: ReadonlyMap<string, number>;
  readonly columns: ReadonlyMap<string, readonly number[]>;
}

const coordinateOf = ({ period, from, to }: Composition['coordinates'][number]) =>
  period === undefined ? between(from, to) : ({ kind: 'period', period } as const);

const domainOf = (c: Composition): Domain => c.coordinates.map(x => ({ name: x.name, ...coordinateOf(x) }));

/** Line coordinates get scale·N(0, 1), folded at bounds; `zero`: the first one is as near to 0 as it may be; `position`: where a periodic one is. */
const cloud =
  (
    c: Composition['coordinates'],
    zero: boolean,
    position: (i: number, m: number, draw: () => number) => number,
  ): Initialiser['draw'] =>
  (m, random, scale = 1) =>
    Float64Array.from({ length: m * c.length }, (_, at) => {
      const [i, j] = [Math.floor(at / c.length), at % c.length];
      const period = c[j].period;
      if (period !== undefined) return period * position(i, m, () => random.uniform());
      return folded(zero && j === 0 ? 0 : scale * random.normal(), boundsOf(coordinateOf(c[j])));
    });

/** Periodic coordinates are uniform, or on a grid; all others Gaussian, or the first of them 0. */
export const customInitial = (c: Composition['coordinates']): Record<string, Initialiser> => ({
  gaussian: {
    summary: 'N(0, scale²) in each coordinate, folded at bounds, scale 1 by default; periodic coordinates uniform',
    draw: cloud(c, false, (_i, _m, draw) => draw()),
  },
  'zero-weight': {
    summary: 'the first coordinate 0, the others as gaussian',
    draw: cloud(c, true, (_i, _m, draw) => draw()),
  },
  grid: {
    summary: 'the first coordinate 0, periodic coordinates at i/m of their period, the others as gaussian',
    draw: cloud(c, true, (i, m) => i / m),
  },
});

interface Table {
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
  readonly rows: number;
}

const tableOf = (columns: Composition['columns']): Table => ({
  names: [...columns.keys()],
  columns: [...columns.values()].map(c => Float64Array.from(c)),
  rows: [...columns.values()][0].length,
});

/** Names → nodes of a new graph. */
function lowering(
  c: Composition,
  table: Table,
  inputs: (g: Graph) => readonly [string, Id][],
  withRows: boolean,
): Lowering {
  const g = graph();
  const names = new Map<string, Id>([
    ...inputs(g),
    ...(withRows ? table.names.map((name, j): [string, Id] => [name, g.column(j)]) : []),
    ...[...c.parameters].map(([name, value]): [string, Id] => [name, g.constant(value)]),
    ['n', g.constant(table.rows)],
  ]);
  return { graph: g, names, corners: [] };
}

const coordinates =
  (c: Composition) =>
  (g: Graph): [string, Id][] =>
    c.coordinates.map(({ name }, j) => [name, g.input(j)]);

/** A kink is located where its sign depends on the particle through no other kink; jumps never. */
function sorted({ graph: g, corners }: Lowering, resting: Id | undefined): { located: Id[]; others: Corner[] } {
  const bent = (on: Id) =>
    partsOf(g, [on]).some(id => g.nodes[id].active && (g.nodes[id].op === 'select' || g.nodes[id].op === 'side'));
  const locatable = corners.filter(x => !x.jumps && x.on !== resting && !bent(x.on));
  const located = [...new Set(locatable.map(x => x.on))];
  return { located, others: corners.filter(x => x.jumps || !located.includes(x.on)) };
}

const said = (where: string, { name, column, jumps }: Corner) =>
  `${name} at column ${column} of ${where}${jumps ? ' (a jump)' : ''}`;

interface Pieces {
  readonly formula: Formula;
  readonly notes: string[];
}

const dependsOn = (g: Graph, output: Id) => g.nodes[output].active;

function featurePiece(c: Composition, table: Table, resting: number | undefined): Pieces {
  const l = lowering(c, table, coordinates(c), true);
  const output = lowered(l, treeOf(c.feature, { names: [...l.names.keys()] }));
  if (!dependsOn(l.graph, output))
    throw new ExpressionError(
      1,
      `the feature depends on no coordinate; there are ${c.coordinates.map(x => x.name).join(', ')}`,
    );
  const { located, others } = sorted(l, resting === undefined ? undefined : l.graph.input(resting));
  return {
    formula: { graph: l.graph, output, rows: table.rows, columns: table.columns, kinks: located },
    notes: others.map(x => said('feature', x)),
  };
}

function lossPiece(c: Composition, table: Table): Pieces {
  const l = lowering(c, table, g => [['f', g.input(MODEL_OUTPUT, true)]], true);
  const output = lowered(l, treeOf(c.loss, { names: [...l.names.keys()] }));
  if (!dependsOn(l.graph, output))
    throw new ExpressionError(1, 'the loss does not depend on f, the output of the model');
  return {
    formula: { graph: l.graph, output, rows: table.rows, columns: table.columns, kinks: [] },
    notes: l.corners.map(x => said('loss', x)),
  };
}

interface PenaltyPiece extends Partial<Pieces> {
  readonly penalty?: Penalty;
}

const total = (l: Lowering, trees: readonly Tree[]): Id =>
  trees.reduce((id, t) => l.graph.add(id, lowered(l, t)), l.graph.constant(0));

/** The term of |coordinate|: a number times it, or a smooth function of the others; null where that function has kinks of its own. */
function absolutePenalty(c: Composition, table: Table, { name, weights }: Split, column: number): Penalty | null {
  const particle = c.coordinates.map(x => x.name);
  const [coordinate, dim] = [particle.indexOf(name as string), particle.length];
  const l = lowering(c, table, coordinates(c), false);
  const weight = total(l, weights);
  if (dependsOn(l.graph, weight))
    return l.corners.length > 0
      ? null
      : absWeighted(1, dim, graphModulus(l.graph, weight, domainOf(c), coordinate, column), coordinate);
  const { value } = l.graph.nodes[weight];
  if (value < 0)
    throw new ExpressionError(column, `the penalty holds ${value}*abs(${name}); the factor of abs must be ≥ 0`);
  return absoluteAt(value, coordinate, dim);
}

/** V = Ṽ(others)·|coordinate| + rest; the rest is linear in μ, so it joins Φ as one more number that R takes as it is. */
function penaltyPiece(c: Composition, table: Table, text: string, modulated = true): PenaltyPiece {
  const l = lowering(c, table, coordinates(c), false);
  const particle = c.coordinates.map(x => x.name);
  const tree = treeOf(text, { names: [...l.names.keys()] });
  const split = splitPenalty(tree, particle, modulated);
  const penalty = split.name === undefined ? undefined : absolutePenalty(c, table, split, tree.column);
  if (penalty === null) return penaltyPiece(c, table, text, false);
  const { graph: g } = l;
  const output = total(l, split.rest);
  const { located, others } = sorted(l, penalty?.absolute && g.input(penalty.absolute.coordinate));
  return {
    ...(penalty && { penalty }),
    ...(dependsOn(g, output) && { formula: { graph: g, output, rows: 1, columns: [], kinks: located } }),
    notes: others.map(x => said('penalty', x)),
  };
}

const kinkNotes = (unlocated: readonly string[], restKinks: number): string[] => [
  ...(unlocated.length > 0 ? [`the field has kinks that are not located: ${unlocated.join(', ')}`] : []),
  ...(restKinks > 0
    ? [
        'kinks of the penalty beside one c*abs(coordinate) are located, and particles rest on them as they slide along those of the feature',
      ]
    : []),
];

/** The problem, or the fault of the first expression that is wrong. */
export function composed(c: Composition): { problem: ComposedProblem; notes: string[] } | ProblemFault {
  const table = tableOf(c.columns);
  const V = attempt('penalty', (): PenaltyPiece => (c.penalty === undefined ? {} : penaltyPiece(c, table, c.penalty)));
  if (isFault(V)) return V;
  const feature = attempt('feature', () => featurePiece(c, table, V.penalty?.absolute?.coordinate));
  if (isFault(feature)) return feature;
  const loss = attempt('loss', () => lossPiece(c, table));
  if (isFault(loss)) return loss;
  const formulae = V.formula ? [feature.formula, V.formula] : [feature.formula];
  const dim = c.coordinates.length;
  const problem: ComposedProblem = {
    name: 'custom',
    dim,
    domain: domainOf(c),
    feature: expressionFeature(formulae, dim),
    loss: expressionLoss(loss.formula, formulae.length - 1),
    ...(V.penalty && { penalty: V.penalty }),
    initial: customInitial(c.coordinates),
  };
  const unlocated = [...feature.notes, ...loss.notes, ...(V.notes ?? [])];
  return { problem, notes: kinkNotes(unlocated, V.formula?.kinks.length ?? 0) };
}
