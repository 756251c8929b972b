/** A formula as Ṽ of V = β|w|Ṽ(θ). */
import { random } from '../../src/math/random.js';
import { featureModulus, type Modulus } from '../moduli.js';
import { treeOf } from './check.js';
import { expressionFeature } from './feature.js';
import type { Graph, Id } from './formula.js';
import { graph } from './graph.js';
import { lowered } from './lower.js';
import { ExpressionError } from './tokens.js';

/** Points of each size at which the sign of a formula is looked at. */
const [POINTS, SIZES] = [60, [0.01, 0.1, 1, 10]];

/** A point where Ṽ is not ≥ 0; null when none was met. */
function negativeAt(modulus: Modulus, dim: number): { point: number[]; value: number } | null {
  const chance = random('modulus', 'sign');
  const value = new Float64Array(1);
  for (let k = 0; k < POINTS * SIZES.length; k++) {
    const u = Float64Array.from({ length: dim }, () => (k === 0 ? 0 : SIZES[k % SIZES.length] * chance.normal()));
    modulus.valuesInto(u, 1, value);
    if (!(value[0] >= 0)) return { point: Array.from(u, x => Number(x.toPrecision(3))), value: value[0] };
  }
  return null;
}

/** Ṽ from a node of a graph whose inputs are the coordinates. Throws ExpressionError where it is negative or undefined. */
export function graphModulus(g: Graph, output: Id, names: readonly string[], skip: number, column: number): Modulus {
  const dim = names.length;
  const feature = expressionFeature([{ graph: g, output, rows: 1, columns: [], kinks: [] }], dim);
  const modulus = featureModulus(feature, 'a formula');
  const bad = negativeAt(modulus, dim);
  if (!bad) return modulus;
  const where = names.flatMap((name, k) => (k === skip ? [] : [`${name} = ${bad.point[k]}`])).join(', ');
  throw new ExpressionError(
    column,
    `the factor of |${names[skip]}| must be ≥ 0 and defined everywhere; not so at ${where}`,
  );
}

/** Ṽ as written, in the coordinates other than `skip`. Throws ExpressionError. */
export function writtenModulus(text: string, names: readonly string[], skip: number): Modulus {
  const others = names.filter((_, k) => k !== skip);
  const tree = treeOf(text, { names: others });
  const g = graph();
  const l = { graph: g, names: new Map(names.map((name, j): [string, Id] => [name, g.input(j)])), corners: [] };
  const output = lowered(l, tree);
  const [corner] = l.corners as { name: string; column: number }[];
  if (corner)
    throw new ExpressionError(corner.column, `${corner.name} has a kink, and the factor of |w| must be smooth`);
  return graphModulus(g, output, names, skip, tree.column);
}
