/**
 * AssemblyScript: between rows of doubles, particle by particle, and half a panel of single precision, four particles a vector: by pairs of
 * coordinates, each number as the loops of ./pack take it. Four rows begin at one address, `stride` bytes apart; rows of a panel are 32 bytes.
 */

/** What is in range, else NaN: as `rounded` does it. */
// @ts-ignore: decorator
@inline
function checked(x: v128): v128 {
  return f32x4.add(x, f32x4.sub(x, x));
}

/** Two coordinates of a direction, in single precision: θ or θ|θ|, times the unit. */
// @ts-ignore: decorator
@inline
function direction(at: usize, squared: bool, unit: v128): v128 {
  const x = v128.load(at);
  return f32x4.demote_f64x2_zero(f64x2.mul(squared ? f64x2.mul(x, f64x2.abs(x)) : x, unit));
}

/** Coordinates j < d, d even, of four particles: units·θ, or units·θ|θ|, into rows of a panel. */
export function turn(d: usize, theta: usize, stride: usize, squared: bool, unit: f64, panel: usize): void {
  const units = f64x2.splat(unit);
  const end = theta + (d << 3);
  while (theta < end) {
    const second = theta + 2 * stride;
    const a = direction(theta, squared, units);
    const b = direction(theta + stride, squared, units);
    const c = direction(second, squared, units);
    const e = direction(second + stride, squared, units);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const ce = v128.shuffle<f32>(c, e, 0, 4, 1, 5);
    v128.store(panel, checked(v128.shuffle<f32>(ab, ce, 0, 1, 4, 5)));
    v128.store(panel, checked(v128.shuffle<f32>(ab, ce, 2, 3, 6, 7)), 32);
    theta += 16;
    panel += 64;
  }
}

/** Two numbers of a force: −w·pull, or −w·2|θ|·pull. */
// @ts-ignore: decorator
@inline
function force(out: usize, theta: usize, squared: bool, minus: v128, pull: v128): void {
  const factor = squared ? f64x2.mul(minus, f64x2.mul(f64x2.splat(2), f64x2.abs(v128.load(theta)))) : minus;
  v128.store(out, f64x2.mul(factor, f64x2.promote_low_f32x4(pull)));
}

/** Forces of four particles on coordinates j < d, d even, from rows of a panel; weights of the first at `weight`, `apart` bytes apart. */
export function turnBack(d: usize, panel: usize, weight: usize, apart: usize, squared: bool, theta: usize, out: usize, stride: usize): void {
  const wa = f64x2.splat(-load<f64>(weight));
  const wb = f64x2.splat(-load<f64>(weight + apart));
  const wc = f64x2.splat(-load<f64>(weight + 2 * apart));
  const we = f64x2.splat(-load<f64>(weight + 3 * apart));
  const end = out + (d << 3);
  while (out < end) {
    const first = v128.load(panel);
    const next = v128.load(panel, 32);
    const ab = v128.shuffle<f32>(first, next, 0, 4, 1, 5);
    const ce = v128.shuffle<f32>(first, next, 2, 6, 3, 7);
    force(out, theta, squared, wa, ab);
    force(out + stride, theta + stride, squared, wb, v128.shuffle<f32>(ab, ab, 2, 3, 2, 3));
    force(out + 2 * stride, theta + 2 * stride, squared, wc, ce);
    force(out + 3 * stride, theta + 3 * stride, squared, we, v128.shuffle<f32>(ce, ce, 2, 3, 2, 3));
    panel += 64;
    theta += 16;
    out += 16;
  }
}
