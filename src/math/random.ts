import seedrandom from 'seedrandom';
import type { Random, RandomState } from '../types.js';

/** alea has a state of four numbers, and `double` gives 53 bits where the plain call gives 32. */
type Alea = seedrandom.PRNG & { double(): number; state(): seedrandom.State.Alea };

function wrap(generator: Alea, initialSpare: number | null): Random {
  let spare = initialSpare;
  const normal = () => {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    // Box & Muller (1958); 1 − u keeps the logarithm off zero.
    const radius = Math.sqrt(-2 * Math.log(1 - generator.double()));
    const angle = 2 * Math.PI * generator.double();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uniform: () => generator.double(), normal, state: () => ({ generator: generator.state(), spare }) };
}

/** The stream `seed/stream`: each use of chance has a stream of its own, so that adding one never shifts another. */
export const random = (seed: string, stream: string): Random =>
  wrap(seedrandom.alea(`${seed}/${stream}`, { state: true }) as unknown as Alea, null);

/** Continues a saved stream bit for bit. */
export const randomFrom = (saved: RandomState): Random =>
  wrap(seedrandom.alea('', { state: saved.generator as seedrandom.State.Alea }) as unknown as Alea, saved.spare);
