import { iterating } from '../src/iterate.js';
import { scaledNorm } from '../src/math/vec.js';
import { extrapolate, inertia, opposed } from '../src/momentum.js';
import type { Solver } from '../src/types.js';

export interface AcceleratedOptions {
  /** Momentum starts anew when it points away from the step (O'Donoghue & Candès 2015, §3.2, gradient scheme); default true. */
  readonly restart?: boolean;
}

const variant = ({ restart = true }: AcceleratedOptions): Solver =>
  iterating(
    'nesterov',
    'accelerated gradient in time √η·k, with restarts',
    [],
    (flow, y, eta, out, v, memory) => {
      const ahead = new Float64Array(y.length);
      extrapolate(y, memory.previous, memory.k / (memory.k + 3), ahead);
      flow.velocityInto(ahead, v);
      for (let i = 0; i < v.length; i++) out[i] = ahead[i] + eta * v[i];
      memory.k = restart && opposed(ahead, out, y) ? 0 : memory.k + 1;
      memory.previous = memory.k === 0 ? out : y;
      return scaledNorm(v, flow.particles);
    },
    { memory: inertia, order: null, dynamics: 'inertial', clock: Math.sqrt },
  );

/**
 * Nesterov (1983): u_{k+1} = z + ηv(z), z = u_k + k/(k+3)·(u_k − u_{k−1}). Iterate k lives at t = k√η, where without restarts it
 * follows u″ + (3/t)u′ = v(u) (Su, Boyd & Candès 2016).
 */
export const nesterov: Solver & { readonly variant: typeof variant } = { ...variant({}), variant };
