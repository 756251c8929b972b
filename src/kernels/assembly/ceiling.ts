/** AssemblyScript: what this engine and processor can do at most with two doubles at a time: products and sums that wait for nothing. */
import { madd, splatAt } from './arithmetic';

/** Twelve of them, more than any processor has under way at once: six products and six sums, or twelve of both where they are fused. */
// @ts-ignore: decorator
@inline
function product(a: v128, factor: v128, summand: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? madd(a, factor, summand) : f64x2.mul(a, factor);
}

// @ts-ignore: decorator
@inline
function sum(a: v128, factor: v128, summand: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? madd(a, factor, summand) : f64x2.add(a, summand);
}

/** Rounds at `table`, factor and summand behind them; sums of all ends and the operations of a round behind these. */
export function ceiling(table: usize, _task: usize, _thread: usize): void {
  const rounds = load<u32>(table);
  const factor = splatAt(table + 8);
  const summand = splatAt(table + 16);
  let a = summand;
  let b = summand;
  let c = summand;
  let d = summand;
  let e = summand;
  let f = summand;
  let g = summand;
  let h = summand;
  let i = summand;
  let j = summand;
  let k = summand;
  let l = summand;
  for (let round: u32 = 0; round < rounds; round++) {
    a = product(a, factor, summand);
    b = product(b, factor, summand);
    c = product(c, factor, summand);
    d = product(d, factor, summand);
    e = product(e, factor, summand);
    f = product(f, factor, summand);
    g = sum(g, factor, summand);
    h = sum(h, factor, summand);
    i = sum(i, factor, summand);
    j = sum(j, factor, summand);
    k = sum(k, factor, summand);
    l = sum(l, factor, summand);
  }
  const products = f64x2.add(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)), f64x2.add(e, f));
  const sums = f64x2.add(f64x2.add(f64x2.add(g, h), f64x2.add(i, j)), f64x2.add(k, l));
  v128.store(table + 32, products);
  v128.store(table + 48, sums);
  store<f64>(table + 64, ASC_FEATURE_RELAXED_SIMD ? 48 : 24);
}
