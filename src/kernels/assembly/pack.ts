/** AssemblyScript: particles to vectors and back. */
import { rounded } from './arithmetic';
import * as at from './layout';
import { turn, turnBack } from './transpose';

/** Of the number of particles in a panel, two vectors of them: its logarithm to base 2. */
// @ts-ignore: decorator
@inline
function bits<T>(): usize {
  return 5 - alignof<T>();
}
/** That number, less one. */
// @ts-ignore: decorator
@inline
function last<T>(): usize {
  return (1 << bits<T>()) - 1;
}

/** Where coordinate j of the direction of particle i stands, and of its gradient: by coordinate, or by panel. */
// @ts-ignore: decorator
@inline
function place<T>(i: usize, j: usize, padded: usize, d: usize, panels: bool): usize {
  return (panels ? (i >> bits<T>()) * (d << bits<T>()) + (j << bits<T>()) + (i & last<T>()) : j * padded + i) << alignof<T>();
}

/** The first particle of a range, and of a panel. */
function first<T>(table: usize, range: usize): usize {
  const m = at.word(table, at.M);
  return min(((range * ((m + last<T>()) >> bits<T>())) / at.word(table, at.RANGES)) << bits<T>(), m);
}

/** Whether panels are read and written four particles and two coordinates at a time: in single precision, where that shows. */
// @ts-ignore: decorator
@inline
function byFours<T>(panels: bool): bool {
  return sizeof<T>() == 4 && panels;
}
/** The first coordinate of particle i that is left of that. */
// @ts-ignore: decorator
@inline
function remaining<T>(panels: bool, i: usize, from: usize, to: usize, d: usize): usize {
  if (sizeof<T>() == 8) return 0;
  return panels && i < from + ((to - from) & ~3) ? d & ~1 : 0;
}

/** Weights and directions of a range of particles from the state. */
// @ts-ignore: decorator
@inline
export function packAs<T>(table: usize, range: usize): void {
  const from = first<T>(table, range);
  const to = first<T>(table, range + 1);
  const m = at.word(table, at.M);
  const d = at.word(table, at.D);
  const padded = at.word(table, at.M_PADDED);
  const rows = at.word(table, at.D_PADDED);
  const dim = at.word(table, at.DIM);
  const weights = at.word(table, at.WEIGHTS);
  const directions = at.word(table, at.DIRECTIONS);
  const signs = at.word(table, at.SIGNS);
  const squared = at.word(table, at.CHART) == 1;
  const panels = d > 3;
  const unit = load<f64>(table + at.UNIT);
  const step = panels ? 32 : padded << alignof<T>();
  if (byFours<T>(panels))
    for (let i = from; i + 4 <= to; i += 4) {
      const theta = at.word(table, at.STATE) + ((i * dim + dim - d) << 3);
      turn(d & ~1, theta, dim << 3, squared, unit, directions + place<T>(i, 0, padded, rows, panels));
    }
  for (let i = from; i < to; i++) {
    const u = at.word(table, at.STATE) + ((i * dim) << 3);
    const theta = u + ((dim - d) << 3);
    const w = load<f64>(squared ? signs + (i << 3) : u);
    store<T>(weights + (i << alignof<T>()), rounded<T>(w / <f64>m));
    let j = remaining<T>(panels, i, from, to, d);
    let direction = directions + place<T>(i, j, padded, rows, panels);
    for (; j < d; j++) {
      const x = load<f64>(theta + (j << 3));
      store<T>(direction, rounded<T>((squared ? x * Math.abs(x) : x) * unit));
      direction += step;
    }
  }
}

export function pack(table: usize, range: usize, _thread: usize): void {
  packAs<f64>(table, range);
}

/** Sums of the chunks, in their order, into those of the first: vectors [from, to). */
function gather<T>(table: usize, from: usize, to: usize): void {
  const chunks = at.word(table, at.CHUNKS);
  const stride = at.word(table, at.SUMS_STRIDE);
  const sums = at.word(table, at.SUMS);
  for (let v = from; v < to; v++) {
    const place = sums + (v << 4);
    let sum = v128.load(place);
    for (let c: usize = 1; c < chunks; c++) sum = v128.add<T>(sum, v128.load(place + c * stride));
    v128.store(place, sum);
  }
}

/** −DΦᵀR′(f) of a range of particles, from the sums of the chunks. */
// @ts-ignore: decorator
@inline
export function unpackAs<T>(table: usize, range: usize): void {
  const from = first<T>(table, range);
  const to = first<T>(table, range + 1);
  const d = at.word(table, at.D);
  const padded = at.word(table, at.M_PADDED);
  const rows = at.word(table, at.D_PADDED);
  const dim = at.word(table, at.DIM);
  const signs = at.word(table, at.SIGNS);
  const squared = at.word(table, at.CHART) == 1;
  const panels = d > 3;
  const end = (to + last<T>()) & ~last<T>();
  if (at.word(table, at.CHUNKS) > 1) {
    gather<T>(table, from >> (bits<T>() - 1), end >> (bits<T>() - 1));
    if (panels) gather<T>(table, (padded + from * rows) >> (bits<T>() - 1), (padded + end * rows) >> (bits<T>() - 1));
    else for (let j: usize = 1; j <= d; j++) gather<T>(table, (j * padded + from) >> (bits<T>() - 1), (j * padded + end) >> (bits<T>() - 1));
  }
  const step = panels ? 32 : padded << alignof<T>();
  const weights = at.word(table, at.SUMS);
  const directions = weights + (padded << alignof<T>());
  if (byFours<T>(panels))
    for (let i = from; i + 4 <= to; i += 4) {
      const u = at.word(table, at.STATE) + ((i * dim) << 3);
      const out = at.word(table, at.RESULT) + ((i * dim + dim - d) << 3);
      const pull = directions + place<T>(i, 0, padded, rows, panels);
      turnBack(d & ~1, pull, squared ? signs + (i << 3) : u, squared ? 8 : dim << 3, squared, u, out, dim << 3);
    }
  for (let i = from; i < to; i++) {
    const u = at.word(table, at.STATE) + ((i * dim) << 3);
    const out = at.word(table, at.RESULT) + ((i * dim) << 3);
    if (!squared) store<f64>(out, -(<f64>load<T>(weights + (i << alignof<T>()))));
    const w = load<f64>(squared ? signs + (i << 3) : u);
    const shift = (dim - d) << 3;
    let j = remaining<T>(panels, i, from, to, d);
    let pull = directions + place<T>(i, j, padded, rows, panels);
    for (; j < d; j++) {
      const chain = squared ? 2 * Math.abs(load<f64>(u + (j << 3))) : 1;
      store<f64>(out + shift + (j << 3), -(w * chain) * <f64>load<T>(pull));
      pull += step;
    }
  }
}

export function unpack(table: usize, range: usize, _thread: usize): void {
  unpackAs<f64>(table, range);
}
