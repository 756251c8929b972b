/** A formula as Ṽ of V = β|w|Ṽ(θ). */
import { boundsOf, folded } from '../../src/math/domain.js';
import { random } from '../../src/math/random.js';
import type { Domain } from '../../src/types.js';
import { featureModulus, type Modulus } from '../moduli.js';
import { treeOf } from './check.js';
import { expressionFeature } from './feature.js';
import type { Corner, Graph, Id } from './formula.js';
import { graph } from './graph.js';
import { lowered } from './lower.js';
import { ExpressionError } from './tokens.js';

/** Points of each size at which the sign of a formula is looked at. */
const [POINTS, SIZES] = [60, [0.01, 0.1, 1, 10]];

/** A point of the domain where Ṽ is not ≥ 0; null when none was met. */
function negativeAt(modulus: Modulus, domain: Domain): readonly number[] | null {
  const bounds = domain.map(boundsOf);
  const chance = random('modulus', 'sign');
  const value = new Float64Array(1);
  for (let k = 0; k < POINTS * SIZES.length; k++) {
    const size = k === 0 ? 0 : SIZES[k % SIZES.length];
    const u = Float64Array.from(bounds, b => folded(size * chance.normal(), b));
    modulus.valuesInto(u, 1, value);
    if (!(value[0] >= 0)) return Array.from(u, x => Number(x.toPrecision(3)));
  }
  return null;
}

/** Ṽ from a node of a graph whose inputs are the coordinates. Throws ExpressionError where it is negative or undefined. */
export function graphModulus(g: Graph, output: Id, domain: Domain, skip: number, column: number): Modulus {
  const feature = expressionFeature([{ graph: g, output, rows: 1, columns: [], kinks: [] }], domain.length);
  const modulus = featureModulus(feature, 'a formula');
  const bad = negativeAt(modulus, domain);
  if (!bad) return modulus;
  const where = domain.flatMap(({ name }, k) => (k === skip ? [] : [`${name} = ${bad[k]}`])).join(', ');
  throw new ExpressionError(
    column,
    `the factor of |${domain[skip].name}| must be ≥ 0 and defined everywhere; not so at ${where}`,
  );
}

/** Ṽ as written, in the coordinates other than `skip`. Throws ExpressionError. */
export function writtenModulus(text: string, domain: Domain, skip: number): Modulus {
  const names = domain.map(c => c.name);
  const tree = treeOf(text, { names: names.filter((_, k) => k !== skip) });
  const g = graph();
  const corners: Corner[] = [];
  const output = lowered({ graph: g, names: new Map(names.map((name, j) => [name, g.input(j)])), corners }, tree);
  if (corners.length > 0)
    throw new ExpressionError(corners[0].column, `${corners[0].name} has a kink, and the factor of |w| must be smooth`);
  return graphModulus(g, output, domain, skip, tree.column);
}
