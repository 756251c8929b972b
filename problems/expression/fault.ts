/** Errors of expressions as faults of the experiment. */
import type { ProblemFault } from '../../src/types.js';
import { ExpressionError } from './tokens.js';

export const isFault = (x: unknown): x is ProblemFault => typeof x === 'object' && x !== null && 'message' in x;

/** Runs `work` on the expression at `path`; an ExpressionError becomes a fault there. */
export function attempt<T>(path: string, work: () => T): T | ProblemFault {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { path: [path], message: `column ${error.column}: ${error.message}` };
  }
}
