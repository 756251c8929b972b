import { proximalNewtonStep } from '../src/euler-steps.js';
import { iterating } from '../src/iterate.js';
import { unmovable } from '../src/minimising-movement.js';

/** Linearly implicit Euler over kinks: one proximal Newton step (Lee, Sun & Saunders 2014) of the minimising movement. Order 1. */
export const proximalNewton = iterating(
  'proximal-newton',
  'linearly implicit Euler over kinks at fixed η: one Newton step of the minimising movement',
  [],
  (flow, y, eta, out, _scratch, _memory, counts) => {
    proximalNewtonStep(flow, counts)(y, eta, out);
    // The loop counts one of the evaluations itself.
    counts.velocityEvaluations--;
    return undefined;
  },
  { staysInside: true, refuses: flow => unmovable('proximal-newton', flow) },
);
