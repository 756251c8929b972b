import { iterating } from '../src/iterate.js';

/** (Sub)gradient descent u ← u + η v(u), v the minimal-norm selection; the explicit Euler method on the flow. */
export const gd = iterating('gd', 'gradient descent, explicit (sub)gradient at fixed η', [], (flow, y, eta, out, v) => {
  flow.velocityInto(y, v);
  for (let i = 0; i < v.length; i++) out[i] = y[i] + eta * v[i];
});
