import { iterating } from '../src/iterate.js';
import { scaledNorm } from '../src/math/vec.js';
import { extrapolate, inertia } from '../src/momentum.js';
import type { Solver } from '../src/types.js';

export interface HeavyBallOptions {
  /** β of u_{k+1} = u_k + β(u_k − u_{k−1}) + ηv(u_k), default 0.9; iterate k lives at t = kη/(1−β), where β fixed and η → 0 give the flow. */
  readonly momentum?: number;
  /** a in place of β: β = 1 − a√η, and iterate k lives at t = k√η on u″ + au′ = v(u). */
  readonly friction?: number;
}

const DEFAULT_MOMENTUM = 0.9;

function momentumOf({ momentum = DEFAULT_MOMENTUM, friction }: HeavyBallOptions, eta: number): number {
  return friction === undefined ? momentum : Math.max(0, 1 - friction * Math.sqrt(eta));
}

const variant = (o: HeavyBallOptions): Solver =>
  iterating(
    'heavy-ball',
    'gradient descent with momentum β, or with friction a in time √η·k',
    [],
    (flow, y, eta, out, v, memory) => {
      flow.velocityInto(y, v);
      extrapolate(y, memory.previous, momentumOf(o, eta), out);
      for (let i = 0; i < v.length; i++) out[i] += eta * v[i];
      memory.previous = y;
      return scaledNorm(v, flow.particles);
    },
    {
      memory: inertia,
      order: null,
      dynamics: 'inertial',
      clock: eta => (o.friction === undefined ? eta / (1 - momentumOf(o, eta)) : Math.sqrt(eta)),
    },
  );

/** Polyak (1964). */
export const heavyBall: Solver & { readonly variant: typeof variant } = { ...variant({}), variant };
