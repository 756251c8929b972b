import { iterating, type Memory } from '../src/iterate.js';
import { random, randomFrom } from '../src/math/random.js';
import type { Random, RandomState, Solver } from '../src/types.js';

export interface LangevinOptions {
  /** τ of du = v dt + √(2τ) dB, default 0.01. */
  readonly temperature?: number;
  /** Noise comes from the stream `seed/langevin`. */
  readonly seed?: string;
}

const noise = (seed: string): Memory<Random> => ({
  start: () => random(seed, 'langevin'),
  save: chance => chance.state(),
  load: saved => randomFrom(saved as RandomState),
});

const variant = ({ temperature = 0.01, seed = 'pgf' }: LangevinOptions): Solver => ({
  temperature,
  ...iterating(
    'langevin',
    'noisy particles, proximal Euler–Maruyama at fixed η and temperature τ',
    ['split'],
    (flow, y, eta, out, force, chance) => {
      flow.split?.smoothInto(y, force);
      const size = Math.sqrt(2 * temperature * eta);
      for (let i = 0; i < force.length; i++) force[i] = y[i] + eta * force[i] + size * chance.normal();
      flow.split?.proxInto(force, eta, out);
    },
    { memory: noise(seed), order: null, dynamics: 'noisy' },
  ),
});

/**
 * u ← prox_{ηV}(u − ηm∇R(u) + √(2τη) ξ), weak order 1 for du = v dt + √(2τ) dB (Mei, Montanari & Nguyen 2018; Durmus, Moulines & Pereyra
 * 2018): noise on the particles, entropy on the measure.
 */
export const langevin: Solver & { readonly variant: typeof variant } = { ...variant({}), variant };
