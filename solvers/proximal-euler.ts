import { iterating } from '../src/iterate.js';

/** Forward–backward splitting: u ← prox_{ηV}(u − η m∇R(u)) (Chizat & Bach 2018, §2.2, after Santambrogio 2017); F falls for η ≤ 1/L. */
export const proximalEuler = iterating(
  'proximal-euler',
  'forward–backward (proximal gradient) at fixed η',
  ['split'],
  (flow, y, eta, out, force) => {
    flow.split?.smoothInto(y, force);
    for (let i = 0; i < force.length; i++) force[i] = y[i] + eta * force[i];
    flow.split?.proxInto(force, eta, out);
  },
);
