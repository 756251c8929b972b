import { iterating } from '../src/iterate.js';
import { scaledDistance } from '../src/math/vec.js';
import { extrapolate, inertia, opposed } from '../src/momentum.js';
import type { Solver } from '../src/types.js';
import type { AcceleratedOptions } from './nesterov.js';

const variant = ({ restart = true }: AcceleratedOptions): Solver =>
  iterating(
    'fista',
    'accelerated proximal gradient in time √η·k, with restarts',
    ['split'],
    (flow, y, eta, out, force, memory) => {
      const ahead = new Float64Array(y.length);
      extrapolate(y, memory.previous, memory.k / (memory.k + 3), ahead);
      flow.split?.smoothInto(ahead, force);
      for (let i = 0; i < force.length; i++) force[i] = ahead[i] + eta * force[i];
      flow.split?.proxInto(force, eta, out);
      memory.k = restart && opposed(ahead, out, y) ? 0 : memory.k + 1;
      memory.previous = memory.k === 0 ? out : y;
      // The gradient mapping.
      return scaledDistance(out, ahead, flow.particles) / eta;
    },
    { memory: inertia, order: null, dynamics: 'inertial', clock: Math.sqrt },
  );

/**
 * Beck & Teboulle (2009) with the momentum k/(k+3) of Chambolle & Dossal (2015), whose iterates converge; restarts as O'Donoghue &
 * Candès (2015). Iterate k lives at t = k√η.
 */
export const fista: Solver & { readonly variant: typeof variant } = { ...variant({}), variant };
