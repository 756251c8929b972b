import { decodeInto, encodeDoubles } from '../math/doubles.js';
import { dot, scaledDistance, squaredSpeed } from '../math/vec.js';
import type { Convergence } from '../results.js';
import type { Flow, Observer, Segment, Vec } from '../types.js';

/** An entry each time t has grown by this factor: enough for a slope, few enough for any run. */
const SPACING = 1.02;
/** Less of the path than this is left when it has settled. */
const SETTLED = 1e-3;
/** Particles that leave for infinity move away from 0 by most of their path, and hardly slow down. */
const ESCAPING = { outward: 0.5, rate: 1.5, growth: 1e-2 } as const;
const FEWEST = 4;
/** Moving on by this share of the path in as long again is noise: an explicit method at its stability limit keeps a speed that does not fall. */
const NOISE = 1e-4;

interface Series {
  readonly t: number[];
  readonly path: number[];
  readonly speed: number[];
  readonly size: number[];
}

/** Slope of log speed against log t, with a minus sign; null when fewer than four entries move. */
function rateOf({ t, speed }: Series, from: number): number | null {
  const x: number[] = [];
  const y: number[] = [];
  for (let k = from; k < t.length; k++)
    if (speed[k] > 0 && t[k] > 0) {
      x.push(Math.log(t[k]));
      y.push(Math.log(speed[k]));
    }
  if (x.length < FEWEST) return null;
  const mean = (a: readonly number[]) => a.reduce((s, e) => s + e, 0) / a.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx] = [0, 0];
  for (let k = 0; k < x.length; k++) {
    xy += (x[k] - mx) * (y[k] - my);
    xx += (x[k] - mx) ** 2;
  }
  return -xy / xx;
}

function fateOf(
  rate: number | null,
  remaining: number,
  path: number,
  outward: number,
  growth: number,
): Convergence['fate'] {
  if (remaining <= SETTLED * path) return 'settled';
  return outward >= ESCAPING.outward && growth >= ESCAPING.growth && (rate === null || rate <= ESCAPING.rate)
    ? 'escaping'
    : 'drifting';
}

function judged(series: Series): Convergence {
  const last = series.t.length - 1;
  const from = Math.max(
    0,
    series.t.findIndex(t => t >= series.t[last] / 2),
  );
  const [path, speed, size] = [series.path[last], series.speed[last], series.size[last]];
  const rate = rateOf(series, from);
  const onward = series.t[last] * speed;
  const remaining =
    onward <= NOISE * path ? onward : rate !== null && rate > 1 ? onward / (rate - 1) : Number.POSITIVE_INFINITY;
  const walked = path - series.path[from];
  const outward = walked > 0 ? (size - series.size[from]) / walked : 0;
  return {
    fate: fateOf(rate, remaining, path, outward, (size - series.size[from]) / size),
    path,
    rate,
    remaining,
    size,
    outward,
  };
}

/**
 * Path length, and what the end of the path looks like: the theorems suppose that the flow converges (Chizat & Bach 2018, Theorems 3.3
 * and 3.5), which a finite run can suggest, not prove.
 */
export function convergence(flow: Flow, y0: Vec): Observer<Convergence> {
  const m = flow.particles;
  const sizeOf = (y: Vec) => Math.sqrt(dot(y, y) / m);
  const series: Series = { t: [0], path: [0], speed: [Number.NaN], size: [sizeOf(y0)] };
  const current = { t: 0, path: 0, speed: 0, size: sizeOf(y0) };
  const keys = ['t', 'path', 'speed', 'size'] as const;
  const enter = () => {
    for (const key of keys) series[key].push(current[key]);
  };
  return {
    name: 'convergence',
    see(s: Segment) {
      // Chords: a stiff method's steps are far longer than the times in which |u′| falls.
      current.path += flow.metric
        ? (s.t1 - s.t0) * Math.sqrt(squaredSpeed(flow, s.y1, s.v1))
        : scaledDistance(s.y1, s.y0, m);
      Object.assign(current, { t: s.t1, speed: Math.sqrt(squaredSpeed(flow, s.y1, s.v1)), size: sizeOf(s.y1) });
      if (s.t1 >= SPACING * series.t[series.t.length - 1]) enter();
    },
    finish() {
      if (series.t[series.t.length - 1] < current.t) enter();
      return judged(series);
    },
    save: () => ({
      series: keys.map(k => encodeDoubles(series[k])),
      current: encodeDoubles(keys.map(k => current[k])),
    }),
    restore(saved) {
      const s = saved as { series: string[]; current: string };
      for (const [k, key] of keys.entries()) decodeInto(s.series[k], series[key]);
      const numbers: number[] = [];
      decodeInto(s.current, numbers);
      for (const [k, key] of keys.entries()) current[key] = numbers[k];
    },
  };
}
