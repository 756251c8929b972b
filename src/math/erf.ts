/** From here on the continued fraction takes over. */
const FAR = 2.5;
const LEVELS = 60;

/** (2/√π) e^{−z²} Σ 2ⁿ z^{2n+1}/(2n+1)!! (Abramowitz & Stegun 7.1.6): all terms of one sign. */
function series(z: number): number {
  let [term, sum] = [z, z];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
}

/** erfc by its continued fraction (Abramowitz & Stegun 7.1.14), from the far end, for z ≥ 2.5. */
function tail(z: number): number {
  let fraction = z;
  for (let n = LEVELS; n > 0; n--) fraction = z + n / 2 / fraction;
  return Math.exp(-z * z) / (Math.sqrt(Math.PI) * fraction);
}

/** (2/√π) ∫₀^z e^{−s²} ds, to a few units in the last place. */
export function erf(z: number): number {
  if (Number.isNaN(z)) return z;
  if (Math.abs(z) < FAR) return series(z);
  return z > 0 ? 1 - tail(z) : tail(-z) - 1;
}
