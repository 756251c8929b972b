/** AssemblyScript: particles to vectors and back. */
import * as at from './layout';

/** Where coordinate j of the direction of particle i stands, and of its gradient: by coordinate, or by panel of four particles. */
// @ts-ignore: decorator
@inline
function place(i: usize, j: usize, padded: usize, d: usize, panels: bool): usize {
  return (panels ? (i >> 2) * (d << 2) + (j << 2) + (i & 3) : j * padded + i) << 3;
}

/** The first particle of a range: a multiple of four. */
function first(table: usize, range: usize): usize {
  const m = at.word(table, at.M);
  return min(((range * ((m + 3) >> 2)) / at.word(table, at.RANGES)) << 2, m);
}

/** Weights and directions of a range of particles from the state. */
export function pack(table: usize, range: usize, _thread: usize): void {
  const from = first(table, range);
  const to = first(table, range + 1);
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
  const step = panels ? 32 : padded << 3;
  for (let i = from; i < to; i++) {
    const u = at.word(table, at.STATE) + ((i * dim) << 3);
    const theta = u + ((dim - d) << 3);
    const w = load<f64>(squared ? signs + (i << 3) : u);
    store<f64>(weights + (i << 3), w / <f64>m);
    let direction = directions + place(i, 0, padded, rows, panels);
    for (let j: usize = 0; j < d; j++) {
      const x = load<f64>(theta + (j << 3));
      store<f64>(direction, (squared ? x * Math.abs(x) : x) * unit);
      direction += step;
    }
  }
}

/** Sums of the chunks, in their order, into those of the first: vectors [from, to) of two. */
function gather(table: usize, from: usize, to: usize): void {
  const chunks = at.word(table, at.CHUNKS);
  const stride = at.word(table, at.SUMS_STRIDE);
  const sums = at.word(table, at.SUMS);
  for (let v = from; v < to; v++) {
    const place = sums + (v << 4);
    let sum = v128.load(place);
    for (let c: usize = 1; c < chunks; c++) sum = f64x2.add(sum, v128.load(place + c * stride));
    v128.store(place, sum);
  }
}

/** −DΦᵀR′(f) of a range of particles, from the sums of the chunks. */
export function unpack(table: usize, range: usize, _thread: usize): void {
  const from = first(table, range);
  const to = first(table, range + 1);
  const d = at.word(table, at.D);
  const padded = at.word(table, at.M_PADDED);
  const rows = at.word(table, at.D_PADDED);
  const dim = at.word(table, at.DIM);
  const signs = at.word(table, at.SIGNS);
  const squared = at.word(table, at.CHART) == 1;
  const panels = d > 3;
  const end = (to + 3) & ~3;
  if (at.word(table, at.CHUNKS) > 1) {
    gather(table, from >> 1, end >> 1);
    if (panels) gather(table, (padded + from * rows) >> 1, (padded + end * rows) >> 1);
    else for (let j: usize = 1; j <= d; j++) gather(table, (j * padded + from) >> 1, (j * padded + end) >> 1);
  }
  const step = panels ? 32 : padded << 3;
  const weights = at.word(table, at.SUMS);
  const directions = weights + (padded << 3);
  for (let i = from; i < to; i++) {
    const u = at.word(table, at.STATE) + ((i * dim) << 3);
    const out = at.word(table, at.RESULT) + ((i * dim) << 3);
    if (!squared) store<f64>(out, -load<f64>(weights + (i << 3)));
    const w = load<f64>(squared ? signs + (i << 3) : u);
    const shift = (dim - d) << 3;
    let pull = directions + place(i, 0, padded, rows, panels);
    for (let j: usize = 0; j < d; j++) {
      const chain = squared ? 2 * Math.abs(load<f64>(u + (j << 3))) : 1;
      store<f64>(out + shift + (j << 3), -(w * chain) * load<f64>(pull));
      pull += step;
    }
  }
}
