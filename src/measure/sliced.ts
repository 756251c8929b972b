/** An estimate of W₂ for clouds too large to be matched: √D times the mean over directions of D-space (Rabin et al. 2011; Bonneel et al. 2015). */
import { random } from '../math/random.js';
import type { Domain, Vec } from '../types.js';
import { sorted } from './sorted.js';

const DIRECTIONS = 200;

/** Circles as circles of the same length in the plane: lines of projection need a flat space. Columns of D. */
function flattened(domain: Domain, y: Vec): Vec[] {
  const column = (k: number) =>
    Float64Array.from({ length: y.length / domain.length }, (_, i) => y[i * domain.length + k]);
  return domain.flatMap((c, k) => {
    if (c.kind !== 'period') return [column(k)];
    const [radius, x] = [c.period / (2 * Math.PI), column(k)];
    return [x.map(t => radius * Math.cos(t / radius)), x.map(t => radius * Math.sin(t / radius))];
  });
}

const along = (columns: readonly Vec[], direction: readonly number[]): Vec =>
  columns[0].map((_, i) => direction.reduce((s, d, k) => s + d * columns[k][i], 0));

/** In expectation a lower bound of W₂ with chords of circles in place of arcs, and W₂ itself for a translation. */
export function sliced(domain: Domain, a: Vec, b: Vec): { distance: number; method: string } {
  const [x, y] = [flattened(domain, a), flattened(domain, b)];
  const stream = random('sliced', 'directions');
  let sum = 0;
  for (let k = 0; k < DIRECTIONS; k++) {
    const g = x.map(() => stream.normal());
    const length = Math.hypot(...g);
    const direction = g.map(c => c / length);
    sum += sorted(along(x, direction), along(y, direction));
  }
  const circles = domain.some(c => c.kind === 'period') ? ', circles by their chords' : '';
  return {
    distance: Math.sqrt((x.length * sum) / DIRECTIONS),
    method: `estimate: √${x.length} × sliced W₂ over ${DIRECTIONS} directions${circles}`,
  };
}
