import { type StochasticOptions, stochastic } from '../src/stochastic.js';
import type { Solver } from '../src/types.js';

const variant = (o: StochasticOptions): Solver =>
  stochastic(
    'sgd',
    'stochastic gradient descent: rows of a table or fresh samples, at η that may shrink',
    [],
    (flow, batch, y, eta, out, v) => {
      flow.batch?.velocityInto(y, batch, v);
      for (let i = 0; i < v.length; i++) out[i] = y[i] + eta * v[i];
    },
    o,
  );

/** u ← u + η v(u; batch) (Robbins & Monro 1951); its distance to the flow is of order √η (Mei, Montanari & Nguyen 2018). */
export const sgd: Solver & { readonly variant: typeof variant } = { ...variant({}), variant };
