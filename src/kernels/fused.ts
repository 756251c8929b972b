/** What every field of Φ and R does with its passes over the data, whatever they are. */
import type { FusedField, Loss, Vec } from '../types.js';

/** f and R; the force alone, with the gradient of R that was put in; or both, where the kernel knows R itself. */
export type Mode = 'sum' | 'pull' | 'force';

export interface Passes {
  readonly tier: string;
  /** m·dim numbers: what `run` computes at. */
  readonly state: Vec;
  /** m·dim numbers: rows −DΦᵀr */
  readonly result: Vec;
  /** size numbers each: f, and r. */
  readonly output: Vec;
  readonly residual: Vec;
  /** Whether the kernel knows R: then `run` gives it, and `force` is there. */
  readonly known: boolean;
  /** What follows a new state. */
  take(): void;
  run(mode: Mode): number;
}

export function fusedField({ take, run, known, ...at }: Passes, loss: Loss): FusedField {
  const { tier, state, result, output, residual } = at;
  /** R at the state: what observers ask for after a force; NaN where it is not known. */
  let value = Number.NaN;
  const put = (y: Vec): void => {
    state.set(y.length > state.length ? y.subarray(0, state.length) : y);
    take();
    value = Number.NaN;
  };
  const stands = (y: Vec): boolean => {
    for (let i = 0; i < state.length; i++) if (state[i] !== y[i]) return false;
    return true;
  };
  const sum = (): number => {
    const R = run('sum');
    return known ? R : loss.value(output);
  };
  const force = (): number => {
    if (known) return run('force');
    const R = sum();
    loss.gradientInto(output, residual);
    run('pull');
    return R;
  };
  return {
    tier,
    forceInto(y, out) {
      put(y);
      value = force();
      out.set(result);
      return value;
    },
    energy(y) {
      if (!Number.isNaN(value) && stands(y)) return value;
      put(y);
      value = sum();
      return value;
    },
    sumInto(y, f) {
      put(y);
      run('sum');
      f.set(output);
    },
    pullbackInto(y, g, out) {
      put(y);
      residual.set(g);
      run('pull');
      for (let i = 0; i < result.length; i++) out[i] = -result[i];
    },
  };
}
