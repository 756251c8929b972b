/** Elementary functions by sums and products alone: engines round those alike, and the functions of Math not. Errors of a unit in the last place or two. */

const LOG_2_HIGH = 6.93145751953125e-1;
const LOG_2_LOW = 1.4286068203094173e-6;

/** Σ xⁿ/n! over n = first, first + step, …, with the signs of sin and cos where asked for. */
function taylor(x: number, first: 0 | 1, step: 1 | 2, last: number): number {
  let sum = 1;
  for (let n = last; n > first; n -= step) sum = 1 + (sum * (step === 1 ? x : -x * x)) / (step === 1 ? n : n * (n - 1));
  return first === 0 ? sum : x * sum;
}

/** eˣ for −700 ≤ x ≤ 0. */
export function exponential(x: number): number {
  const k = Math.round(x / Math.LN2);
  let power = taylor(x - k * LOG_2_HIGH - k * LOG_2_LOW, 0, 1, 18);
  for (let n = k; n < 0; n++) power /= 2;
  return power;
}

/** cos and sin of 2π·numerator/denominator, both ≥ 0: of whole numbers quarter turns are exact. */
export function turn(numerator: number, denominator: number): readonly [cos: number, sin: number] {
  const eighths = (8 * (numerator % denominator)) / denominator;
  const quarter = Math.floor((eighths + 1) / 2);
  const angle = (2 * Math.PI * ((4 * (numerator % denominator) - quarter * denominator) / 4)) / denominator;
  const [c, s] = [taylor(angle, 0, 2, 22), taylor(angle, 1, 2, 21)];
  return [
    [c, s],
    [-s, c],
    [-c, -s],
    [s, -c],
    [c, s],
  ][quarter] as unknown as readonly [number, number];
}
