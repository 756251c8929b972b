/** AssemblyScript: R and R′ of the rows of one tile. */
import { exponential, logistic, rounded } from './arithmetic';
import * as at from './layout';

/** R of rows [from, to), and their R′(f) into RESIDUAL. */
export function lossOf(table: usize, from: usize, to: usize): f64 {
  const kind = at.word(table, at.LOSS);
  const target = at.word(table, at.TARGETS);
  const output = at.word(table, at.OUTPUT);
  const residual = at.word(table, at.RESIDUAL);
  const scale = load<f64>(table + at.SCALE);
  let sum: f64 = 0;
  for (let k = from; k < to; k++) {
    const f = load<f64>(output + (k << 3));
    const y = load<f64>(target + (k << 3));
    if (kind == 1) {
      const r = f - y;
      sum += r * r;
      store<f64>(residual + (k << 3), r / scale);
    } else {
      const z = -y * f;
      sum += Math.max(z, 0) + NativeMath.log1p(exponential(-Math.abs(z)));
      store<f64>(residual + (k << 3), (-y * logistic(z)) / scale);
    }
  }
  return kind == 1 ? sum / (2 * scale) : sum / scale;
}

/** R′(f) of `count` rows in single precision. */
export function narrow(residual: usize, count: usize, out: usize): void {
  for (let k: usize = 0; k < count; k++) store<f32>(out + (k << 2), rounded<f32>(load<f64>(residual + (k << 3))));
}
