/**
 * Elementary functions of pairs of doubles, without tables and branches but one for large angles. Errors of a unit in the last place or two;
 * zeros, infinities and NaN as functions of Math have them.
 */
import type { UnaryName } from './contract.js';
import { bitsOf, type Lanes, type Pair } from './lanes.js';

const SIGN = 1n << 63n;
/** 1.5·2⁵²: added to a small number it leaves its nearest whole number in the lowest bits. */
const ROUNDING = 6755399441055744;
const [EXPONENT_BITS, ONE] = [52, bitsOf(1)];

/** Σ coefficients[k] x^k */
const polynomial = (v: Lanes, x: Pair, coefficients: readonly number[]): Pair => {
  const [last, ...rest] = coefficients.map(v.number).reverse();
  return rest.reduce((sum, c) => v.madd(sum, x, c), last);
};

// e^x = 2^k (q + p)/(q − p), x = k log 2 + r, p = r P(r²), q = Q(r²), after Moshier's Cephes `exp2.c` (1989): its coefficients, in units of log 2,
// multiplied so that r is as it is and the last is 1.
const LOG_2 = { high: 6.93145751953125e-1, low: 0.0000014286068203094173 };
const P = [504.16828559870066, 14.003004860173618, 0.03331665821258772];
const Q = [1008.3365711974013, 112.0340573201262];

interface Exponential {
  readonly p: Pair;
  readonly q: Pair;
  /** Half of the bits of a number by which k is shifted, in its lowest bits; x/log 2. */
  readonly bits: Pair;
  readonly binary: Pair;
}

/** @param more what is added to k in `bits` */
function exponential(v: Lanes, x: Pair, more = 0): Exponential {
  const binary = v.op('mul', x, v.number(Math.LOG2E));
  const bits = v.op('add', binary, v.number(ROUNDING + more));
  const k = v.op('sub', bits, v.number(ROUNDING + more));
  const r = v.nmadd(k, v.number(LOG_2.low), v.nmadd(k, v.number(LOG_2.high), x));
  const z = v.op('mul', r, r);
  const inner = v.madd(v.madd(z, v.number(P[2]), v.number(P[1])), z, v.number(P[0]));
  return { p: v.op('mul', r, inner), q: v.madd(v.op('add', z, v.number(Q[1])), z, v.number(Q[0])), bits, binary };
}

/** 2^n a, n the lowest bits, where that and a are normal numbers. */
const shifted = (v: Lanes, a: Pair, bits: Pair): Pair => v.op('addWhole', a, v.shiftLeft(bits, EXPONENT_BITS));

/** 2^k a, of a near 1, in two steps: the first is exact, so that what is too small for a double is rounded once. */
function scaled(v: Lanes, a: Pair, { bits, binary }: Exponential): Pair {
  const half = v.op('add', v.op('mul', binary, v.number(0.5)), v.number(ROUNDING));
  return v.op('mul', shifted(v, a, half), shifted(v, v.ofBits(ONE), v.op('subWhole', bits, half)));
}

/** Beyond these, e^x is 0 and ∞. */
const [LEAST, LARGEST] = [-750, 710];

function exp(v: Lanes, x: Pair): Pair {
  const e = exponential(v, v.op('pmax', v.op('pmin', x, v.number(LARGEST)), v.number(LEAST)));
  const tail = v.op('div', e.p, v.op('sub', e.q, e.p));
  return scaled(v, v.op('add', v.op('add', tail, tail), v.number(1)), e);
}

const negative = (v: Lanes, x: Pair): Pair => v.op('xor', x, v.ofBits(SIGN));
/** −|x| */
const below = (v: Lanes, x: Pair): Pair => v.op('or', x, v.ofBits(SIGN));

/** 1/(1 + e^{−x}) is 1 from here on. */
const SIGMOID_LARGEST = 40;
/** With so much more, the exponents of e^{−750} and of e^40 are those of normal numbers. */
const MORE = 70;

/** e^x/(1 + e^x) */
function sigmoid(v: Lanes, x: Pair): Pair {
  const inside = v.op('pmax', v.op('pmin', x, v.number(SIGMOID_LARGEST)), v.number(LEAST));
  const { p, q, bits } = exponential(v, inside, MORE);
  const top = v.op('mul', shifted(v, v.op('add', q, p), bits), v.number(2 ** -MORE));
  return v.op('div', top, v.op('add', top, v.op('sub', q, p)));
}

/** tanh x is 1 from here on. */
const TANH_LARGEST = 20;

/** (e^{2x} − 1)/(e^{2x} + 1) = ((t − 1)Q + (t + 1)p)/((t + 1)Q + (t − 1)p), t = 2^k: nothing cancels where k = 0. */
function tanh(v: Lanes, x: Pair): Pair {
  const size = v.op('pmin', v.op('abs', x), v.number(TANH_LARGEST));
  const { p, q, bits } = exponential(v, v.op('add', size, size));
  const t = shifted(v, v.ofBits(ONE), bits);
  const [less, more] = [v.op('sub', t, v.number(1)), v.op('add', t, v.number(1))];
  const top = v.madd(less, q, v.op('mul', more, p));
  const value = v.op('div', top, v.madd(more, q, v.op('mul', less, p)));
  return v.op('or', value, v.op('and', x, v.ofBits(SIGN)));
}

// log(2^k (1 + f)) with 1 + f in [√½, √2) (Sun Microsystems, fdlibm `e_log.c`, 1993).
const LN2 = { high: 0.6931471803691238, low: 1.9082149292705877e-10 };
const LG = [
  ...[0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784],
  ...[0.1818357216161805, 0.15313837699209373, 0.14798198605116586],
];
const ROOT_HALF = bitsOf(Math.SQRT1_2);
const MANTISSA = (1n << 52n) - 1n;
/** 2⁵²: its lowest bits are whole numbers. */
const WHOLE = 2 ** 52;
const BIAS = 1023;

/** x = 2^k (1 + f), of x > 0 that is not below the normal numbers. */
function split(v: Lanes, x: Pair): { k: Pair; f: Pair } {
  const moved = v.op('addWhole', x, v.ofBits(ONE - ROOT_HALF));
  const exponent = v.op('or', v.shiftRight(moved, EXPONENT_BITS), v.number(WHOLE));
  const rest = v.op('addWhole', v.op('and', moved, v.ofBits(MANTISSA)), v.ofBits(ROOT_HALF));
  return { k: v.op('sub', exponent, v.number(WHOLE + BIAS)), f: v.op('sub', rest, v.number(1)) };
}

/** log(2^k (1 + f)) + correction */
function logarithm(v: Lanes, k: Pair, f: Pair, correction?: Pair): Pair {
  const s = v.op('div', f, v.op('add', f, v.number(2)));
  const z = v.op('mul', s, s);
  const R = v.op('mul', z, polynomial(v, z, LG));
  const half = v.op('mul', v.op('mul', f, f), v.number(0.5));
  const low = v.op('mul', k, v.number(LN2.low));
  const small = v.madd(s, v.op('add', half, R), correction ? v.op('add', low, correction) : low);
  return v.op('sub', v.op('mul', k, v.number(LN2.high)), v.op('sub', v.op('sub', half, small), f));
}

/** value, but x where x is ∞ or NaN, NaN below `edge`, −∞ at it. */
function edged(v: Lanes, x: Pair, value: Pair, edge: number): Pair {
  const [at, infinite] = [v.number(edge), v.number(Number.POSITIVE_INFINITY)];
  const own = v.op('or', v.op('eq', x, infinite), v.op('ne', x, x));
  const inside = v.op('bitselect', x, value, own);
  const bounded = v.op('bitselect', v.number(Number.NaN), inside, v.op('lt', x, at));
  return v.op('bitselect', v.number(Number.NEGATIVE_INFINITY), bounded, v.op('eq', x, at));
}

/** Doubles below the normal ones are multiplied by this first. */
const LIFT = 54;

function log(v: Lanes, x: Pair): Pair {
  const tiny = v.op('lt', x, v.number(2 ** -1022));
  const { k, f } = split(v, v.op('bitselect', v.op('mul', x, v.number(2 ** LIFT)), x, tiny));
  const lowered = v.op('sub', k, v.op('and', tiny, v.number(LIFT)));
  return edged(v, x, logarithm(v, lowered, f), 0);
}

/** log(1 + x) without its edges: of u = 1 + x as it is rounded, with what was rounded away over u (fdlibm `s_log1p.c`). */
function logarithmOfMore(v: Lanes, x: Pair): Pair {
  const one = v.number(1);
  const u = v.op('add', x, one);
  const { k, f } = split(v, u);
  const small = v.op('eq', k, v.number(0));
  const lost = v.op(
    'bitselect',
    v.op('sub', one, v.op('sub', u, x)),
    v.op('sub', x, v.op('sub', u, one)),
    v.op('gt', k, one),
  );
  return logarithm(v, k, v.op('bitselect', x, f, small), v.op('andnot', v.op('div', lost, u), small));
}

function log1p(v: Lanes, x: Pair): Pair {
  const value = edged(v, x, logarithmOfMore(v, x), -1);
  return v.op('bitselect', x, value, v.op('eq', x, v.number(0)));
}

/** max(x, 0) + log(1 + e^{−|x|}) */
function softplus(v: Lanes, x: Pair): Pair {
  return v.op('add', v.op('pmax', x, v.number(0)), logarithmOfMore(v, exp(v, below(v, x))));
}

// Sine and cosine of an angle less whole quarter turns, of which the parts are as in fdlibm's `e_rem_pio2.c`, the polynomials as in its `k_sin.c`
// and `k_cos.c`.
const QUARTER = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21];
/** sin x = x (1 + z S(z)) and cos x = 1 − z/2 + z² C(z), z = x² */
const S = [
  ...[-0.16666666666666632, 0.00833333333332249, -0.0001984126982985795, 0.0000027557313707070068],
  ...[-2.5050760253406863e-8, 1.58969099521155e-10],
];
const C = [
  ...[0.0416666666666666, -0.001388888888887411, 0.00002480158728947673],
  ...[-2.7557314351390663e-7, 2.087572321298175e-9, -1.1359647557788195e-11],
];
/** Up to here the quarter turns have few enough bits that their products with the first two parts are exact. */
const LARGEST_ANGLE = 1e6;

/** x less the nearest quarter turns, and ROUNDING + their number. */
function reduced(v: Lanes, x: Pair): { rest: Pair; turns: Pair } {
  const turns = v.op('add', v.op('mul', x, v.number(2 / Math.PI)), v.number(ROUNDING));
  const n = v.op('sub', turns, v.number(ROUNDING));
  return { rest: QUARTER.reduce((rest, part) => v.op('sub', rest, v.op('mul', n, v.number(part))), x), turns };
}

export interface Circular {
  readonly sin: Pair;
  readonly cos: Pair;
}

/** Both at once; large angles one by one. */
export function circular(v: Lanes, x: Pair): Circular {
  const { rest, turns } = reduced(v, x);
  const [z, one] = [v.op('mul', rest, rest), v.number(1)];
  const s = v.op('mul', rest, v.madd(z, polynomial(v, z, S), one));
  const c = v.madd(v.op('mul', z, z), polynomial(v, z, C), v.nmadd(z, v.number(0.5), one));
  const even = v.op('eqWhole', v.op('and', turns, v.ofBits(1n)), v.ofBits(0n));
  const signOf = (quarter: Pair) => v.shiftLeft(v.op('and', quarter, v.ofBits(2n)), 62);
  const sin = v.op('xor', v.op('bitselect', s, c, even), signOf(turns));
  const cos = v.op('xor', v.op('bitselect', c, s, even), signOf(v.op('addWhole', turns, v.ofBits(1n))));
  v.ifAny(v.op('gt', v.op('abs', x), v.number(LARGEST_ANGLE)), () => {
    v.assign(sin, v.call('sin', x));
    v.assign(cos, v.call('cos', x));
  });
  return { sin, cos };
}

/** 1/x for x ≥ 0, NaN below. */
const inverse = (v: Lanes, x: Pair): Pair =>
  v.op('bitselect', v.op('div', v.number(1), x), v.number(Number.NaN), v.op('ge', x, v.number(0)));

/** Whole exponents that are products; others are left to Math. */
const MOST_FACTORS = 16;

/** x^exponent by squares. */
export function power(v: Lanes, x: Pair, exponent: number): Pair | undefined {
  if (!Number.isInteger(exponent) || exponent === 0 || Math.abs(exponent) > MOST_FACTORS) return undefined;
  let [square, product]: [Pair, Pair | undefined] = [x, undefined];
  for (let n = Math.abs(exponent); ; n >>= 1) {
    if (n & 1) product = product === undefined ? square : v.op('mul', product, square);
    if (n <= 1) break;
    square = v.op('mul', square, square);
  }
  return exponent > 0 ? product : v.op('div', v.number(1), product as Pair);
}

type Direct = Exclude<UnaryName, 'sin' | 'cos'>;
const called = (name: string) => (v: Lanes, x: Pair) => v.call(name, x);

export const unary: Readonly<Record<Direct, (v: Lanes, x: Pair) => Pair>> = {
  atan: called('atan'),
  cosh: called('cosh'),
  exp,
  expm1: called('expm1'),
  inverse,
  log,
  log1p,
  sigmoid,
  sinh: called('sinh'),
  softplus,
  sqrt: (v, x) => v.op('sqrt', x),
  tan: called('tan'),
  tanh,
};

export { negative };
