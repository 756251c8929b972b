/** The registered solvers; wrappers are applied to every one-step method. */
import * as registry from '../../solvers/index.js';
import type { Solver, Stepper } from '../../src/types.js';

type Wrapper = (stepper: Stepper) => Solver;
const isSolver = (x: Solver | Wrapper): x is Solver => typeof x === 'object';

const entries: (Solver | Wrapper)[] = Object.values(registry);
const plain = entries.filter(isSolver);
const steppers = plain.flatMap(s => (s.stepper ? [s.stepper] : []));
const wrapped = entries.filter((x): x is Wrapper => !isSolver(x)).flatMap(wrap => steppers.map(wrap));

export const solvers: readonly Solver[] = [...plain, ...wrapped];
