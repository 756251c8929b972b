import { decodeVec, encodeVec } from '../src/checkpoint.js';
import { iterating, type Memory } from '../src/iterate.js';
import { scaledNorm } from '../src/math/vec.js';
import type { Solver, Vec } from '../src/types.js';

export interface AdamOptions {
  /** Decay of the mean and of the mean square of the gradient, and what keeps the quotient finite; defaults 0.9, 0.999, 1e-8. */
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

interface Moments {
  readonly mean: Vec;
  readonly square: Vec;
  k: number;
}

const moments: Memory<Moments> = {
  start: ({ size }) => ({ mean: new Float64Array(size), square: new Float64Array(size), k: 0 }),
  save: ({ mean, square, k }) => ({ mean: encodeVec(mean), square: encodeVec(square), k }),
  load(saved) {
    const s = saved as { mean: string; square: string; k: number };
    return { mean: decodeVec(s.mean), square: decodeVec(s.square), k: s.k };
  },
};

const variant = ({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions): Solver =>
  iterating(
    'adam',
    'Adam on the whole gradient: coordinates move by about η a step, whatever the gradient’s size',
    [],
    (flow, y, eta, out, v, memory) => {
      flow.velocityInto(y, v);
      const { mean, square } = memory;
      memory.k++;
      const [first, second] = [1 - beta1 ** memory.k, 1 - beta2 ** memory.k];
      for (let i = 0; i < v.length; i++) {
        mean[i] = beta1 * mean[i] + (1 - beta1) * v[i];
        square[i] = beta2 * square[i] + (1 - beta2) * v[i] * v[i];
        // In units of the raw gradient ∇F_m = −v/m, whose size epsilon is compared with.
        const scale = Math.sqrt(square[i] / second) + epsilon * flow.particles;
        out[i] = y[i] + (eta * (mean[i] / first)) / scale;
      }
      return scaledNorm(v, flow.particles);
    },
    { memory: moments, order: null, dynamics: 'adaptive' },
  );

/** Kingma & Ba (2015), Algorithm 1: no discretisation of the flow, and its η is a length, not a flow time. */
export const adam: Solver & { readonly variant: typeof variant } = { ...variant({}), variant };
