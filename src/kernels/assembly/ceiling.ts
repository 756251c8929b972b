/** AssemblyScript: what this engine and processor can do at most with two doubles at a time: products and sums that wait for nothing. */
import { madd, splatAt } from './arithmetic';

/** Floating-point operations of one round of the loop below. */
const CHAINS = 10;

/** Rounds at `table`, factor and summand behind them; 4·CHAINS operations a round. Gives the operations done. */
export function ceiling(table: usize, _task: usize, _thread: usize): f64 {
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
  for (let k: u32 = 0; k < rounds; k++) {
    a = madd(a, factor, summand);
    b = madd(b, factor, summand);
    c = madd(c, factor, summand);
    d = madd(d, factor, summand);
    e = madd(e, factor, summand);
    f = madd(f, factor, summand);
    g = madd(g, factor, summand);
    h = madd(h, factor, summand);
    i = madd(i, factor, summand);
    j = madd(j, factor, summand);
  }
  const ab = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  const cd = f64x2.add(f64x2.add(e, f), f64x2.add(g, h));
  v128.store(table + 32, f64x2.add(f64x2.add(ab, cd), f64x2.add(i, j)));
  return 4 * CHAINS * <f64>rounds;
}
