/** What fields of spikes have in common: sums of Fourier coefficients over the particles, then a polynomial read off at them. */
import { sameNumbers } from '../math/vec.js';
import type { FusedField, Loss, Vec } from '../types.js';

/** Kernels on a memory of their own. */
export interface SpikesKernel {
  readonly tier: string;
  /** The particles, which `synthesise` reads. */
  readonly state: Vec;
  /** out: size numbers, (1/m) Σ Φ(uᵢ) */
  synthesise(out: Vec): void;
  /** Rows of sign·DΦ(uᵢ)ᵀ g, after `synthesise` at the same state. */
  analyse(g: Vec, sign: 1 | -1): Vec;
  readonly within?: Within;
}

/** A kernel that knows R: neither sums nor gradient leave it. */
export interface Within {
  /** The sums at the state. */
  sum(): void;
  /** out: size numbers, those sums */
  read(out: Vec): void;
  /** R at them; R′ is kept. */
  loss(): number;
  /** Rows of −DΦ(uᵢ)ᵀ R′, after `loss`. */
  descend(): Vec;
}

export function spikesField(kernel: SpikesKernel, size: number, loss: Loss): FusedField {
  const { tier, state, synthesise, analyse, within } = kernel;
  const [f, g] = [new Float64Array(size), new Float64Array(size)];
  /** R at the state, NaN where only the sums are known: observers ask for it after the force. */
  let value = Number.NaN;
  let known = false;
  /** The rows of the force, as long as nothing else was analysed since. */
  let force: Vec | undefined;
  /** Whether the sums are in f. */
  let read = false;
  const stands = (y: Vec): boolean => known && sameNumbers(state, y, state.length);
  const forward = (y: Vec): void => {
    state.set(y.length > state.length ? y.subarray(0, state.length) : y);
    if (within) within.sum();
    else synthesise(f);
    known = true;
    read = !within;
    value = Number.NaN;
    force = undefined;
  };
  const descend = (): Vec => {
    loss.gradientInto(f, g);
    return analyse(g, -1);
  };
  return {
    tier,
    forceInto(y, out) {
      // A step ends where the next one begins, and the margins of kinks ask for the force there too.
      if (!force || !stands(y)) {
        forward(y);
        if (within) value = within.loss();
        force = within ? within.descend() : descend();
        if (!within) value = loss.value(f);
      }
      out.set(force);
      return value;
    },
    energy(y) {
      if (!stands(y)) forward(y);
      if (Number.isNaN(value)) value = within ? within.loss() : loss.value(f);
      return value;
    },
    sumInto(y, out) {
      if (!stands(y)) forward(y);
      if (!read) within?.read(f);
      read = true;
      out.set(f);
    },
    pullbackInto(y, gradient, out) {
      if (!stands(y)) forward(y);
      force = undefined;
      out.set(analyse(gradient, 1));
    },
  };
}

/** Relative; rounding is some 1e-15. */
const TOLERANCE = 1e-12;
const sound = new Map<string, boolean>();

/** |f|²/2 */
const halfSquare: Loss = {
  name: 'square',
  value: f => f.reduce((sum, x) => sum + x * x, 0) / 2,
  gradientInto: (f, out) => out.set(f),
};

/**
 * Whether kernels give the force of the readable sums, on a few particles, once for each tier: engines have been wrong.
 * @param open the field of m particles for a loss
 * @param readable out: the force of m particles under |f|²/2
 */
export function isSound(
  name: string,
  dim: number,
  open: (m: number, loss: Loss) => FusedField | undefined,
  readable: (y: Vec, m: number, out: Vec) => void,
): boolean {
  const known = sound.get(name);
  if (known !== undefined) return known;
  const m = 11;
  const y = Float64Array.from({ length: m * dim }, (_, i) => 4 * ((0.6180339887 * (i + 1)) % 1) - 2);
  const [out, truth] = [new Float64Array(y.length), new Float64Array(y.length)];
  open(m, halfSquare)?.forceInto(y, out);
  readable(y, m, truth);
  let [error, size] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    error += (out[i] - truth[i]) ** 2;
    size += truth[i] ** 2;
  }
  const found = Math.sqrt(error / size) <= TOLERANCE;
  sound.set(name, found);
  return found;
}
