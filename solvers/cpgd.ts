import { iterating } from '../src/iterate.js';
import type { Flow, Solver, Vec } from '../src/types.js';

export interface CpgdOptions {
  /** How r moves: `canonical` r ← r(1 − 2ηg), the default, or `mirror` r ← r·exp(−2ηg), which keeps every sign. */
  readonly retraction?: 'canonical' | 'mirror';
  /** Steps of positions over steps of weights, default 1. */
  readonly positionRate?: number;
}

/** r ← r·exp(ηv_r/r): the multiplicative step with the same velocity; a particle at r = 0 takes the straight one. */
const mirrored = (r: number, v: number, eta: number): number => (r === 0 ? eta * v : r * Math.exp((eta * v) / r));

function stepInto(flow: Flow, y: Vec, eta: number, { retraction, positionRate = 1 }: CpgdOptions, out: Vec, v: Vec) {
  if (retraction === 'mirror' && flow.metric?.name !== 'cone')
    throw new TypeError('cpgd with the mirror retraction needs a flow in the conic chart');
  flow.velocityInto(y, v);
  for (let k = 0; k < v.length; k++) out[k] = y[k] + eta * (k % flow.dim === 0 ? 1 : positionRate) * v[k];
  if (retraction !== 'mirror') return;
  for (let k = 0; k < v.length; k += flow.dim) out[k] = mirrored(y[k], v[k], eta);
}

const variant = (o: CpgdOptions): Solver =>
  iterating('cpgd', 'conic particle gradient descent at fixed η, canonical or mirror', [], (flow, y, eta, out, v) => {
    stepInto(flow, y, eta, o, out, v);
  });

/**
 * Conic particle gradient descent (Chizat 2019, Algorithm 1): explicit Euler in the metric of the flow, with a retraction for r and a step of
 * its own for θ. In the cone metric ṙ = −2rg and θ̇ = −s∇, so that η is the paper's α and η·positionRate its β.
 */
export const cpgd: Solver & { readonly variant: typeof variant } = { ...variant({}), variant };
