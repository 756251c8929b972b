import { iterating } from '../src/iterate.js';
import { movement, unmovable } from '../src/minimising-movement.js';

/** Implicit Euler on all of F: u ← argmin F(u) + |u − uₖ|²_m/(2η). F never rises, whatever η; order 1. */
export const minimisingMovement = iterating(
  'minimising-movement',
  'implicit Euler on all of F at fixed η: F never rises, however long the step',
  ['split'],
  (flow, y, eta, out, _scratch, _memory, counts) => {
    const failed = movement(flow, counts)(y, eta, out);
    // The loop counts one of the evaluations itself.
    counts.velocityEvaluations--;
    return failed ?? undefined;
  },
  { refuses: flow => unmovable('minimising-movement', flow) },
);
