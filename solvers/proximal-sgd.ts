import { type StochasticOptions, stochastic } from '../src/stochastic.js';
import type { Solver } from '../src/types.js';

const variant = (o: StochasticOptions): Solver =>
  stochastic(
    'proximal-sgd',
    'stochastic proximal gradient: a batch of R explicitly, V by its proximal map',
    ['split'],
    (flow, batch, y, eta, out, force) => {
      flow.batch?.smoothInto(y, batch, force);
      for (let i = 0; i < force.length; i++) force[i] = y[i] + eta * force[i];
      flow.split?.proxInto(force, eta, out);
    },
    o,
  );

/** u ← prox_{ηV}(u − η m∇R(u; batch)) (Duchi & Singer 2009, forward–backward splitting on batches): particles rest exactly at w = 0. */
export const proximalSgd: Solver & { readonly variant: typeof variant } = { ...variant({}), variant };
