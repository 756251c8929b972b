/** Numbers for people. Bounds are rounded to the safe side, so that a printed bound is still a bound. */

const finite = (x: number, text: (x: number) => string): string =>
  Number.isFinite(x) ? text(x) : Number.isNaN(x) ? 'NaN' : x > 0 ? '∞' : '−∞';

function fixedOrPower(x: number, digits: number): string {
  if (x === 0) return '0';
  const size = Math.abs(x);
  if (size < 1e-3 || size >= 1e5) return x.toExponential(digits - 1).replace('e+', 'e');
  return x.toPrecision(Math.max(digits, Math.floor(Math.log10(size)) + 1));
}

/** About `digits` significant digits; powers as 3.2e-11. */
export const num = (x: number, digits = 3): string => finite(x, v => fixedOrPower(v, digits));

/** Half a unit of the last digit kept. */
const half = (x: number, digits: number): number =>
  x === 0 || !Number.isFinite(x) ? 0 : 0.5 * 10 ** (Math.floor(Math.log10(Math.abs(x))) - digits + 1);

/** A number that is at most x. */
export function numDown(x: number, digits = 3): string {
  const text = num(x, digits);
  return Number(text) > x ? num(x - half(x, digits), digits) : text;
}

/** A number that is at least x. */
export function numUp(x: number, digits = 3): string {
  const text = num(x, digits);
  return Number(text) < x ? num(x + half(x, digits), digits) : text;
}

/** A number that somebody chose (a step, an end time): as written if that is short. */
export const given = (x: number): string =>
  finite(x, v => (String(v).length <= 7 ? String(v).replace('e+', 'e') : num(v, 3)));

/** One thing, two things. */
export const many = (n: number, one: string, more = `${one}s`): string => `${n} ${n === 1 ? one : more}`;
