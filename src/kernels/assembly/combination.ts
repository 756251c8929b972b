/**
 * AssemblyScript: out ← base + scale·Σⱼ wⱼ kⱼ. At the table's address stand that of the sum (32 bits) and, 8 bytes on, the scale; at the
 * sum's four words, addresses of out and of base, terms and bytes of a vector, a multiple of 64; then for each term its vector's address and,
 * 8 bytes on, its weight. src/kernels/vectors.ts writes them.
 */
import { madd, splatAt } from './arithmetic';
import { word } from './layout';

export function combine(table: usize): void {
  const scale = splatAt(table + 8);
  const sum = word(table, 0);
  let out = word(sum, 0);
  let base = word(sum, 1);
  const first = sum + 16;
  const end = first + (word(sum, 2) << 4);
  const bytes = word(sum, 3);
  for (let i: usize = 0; i < bytes; i += 64) {
    let k = word(first, 0) + i;
    let w = splatAt(first + 8);
    let a = f64x2.mul(w, v128.load(k));
    let b = f64x2.mul(w, v128.load(k, 16));
    let c = f64x2.mul(w, v128.load(k, 32));
    let d = f64x2.mul(w, v128.load(k, 48));
    for (let term = first + 16; term < end; term += 16) {
      k = word(term, 0) + i;
      w = splatAt(term + 8);
      a = madd(w, v128.load(k), a);
      b = madd(w, v128.load(k, 16), b);
      c = madd(w, v128.load(k, 32), c);
      d = madd(w, v128.load(k, 48), d);
    }
    v128.store(out, madd(scale, a, v128.load(base)));
    v128.store(out, madd(scale, b, v128.load(base, 16)), 16);
    v128.store(out, madd(scale, c, v128.load(base, 32)), 32);
    v128.store(out, madd(scale, d, v128.load(base, 48)), 48);
    out += 64;
    base += 64;
  }
}
