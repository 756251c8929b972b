/** A formula of f and the columns as a loss: R(f) = Σ over rows of ℓ(f_k; row k). */
import type { Program } from '../../src/kernels/program/contract.js';
import type { Loss, Vec } from '../../src/types.js';
import { gradient } from './derive.js';
import { BLOCK, copyTo, type Evaluator, evaluator, type Operand, type Prepared, programOf } from './evaluate.js';
import type { Formula, Id } from './formula.js';
import { lazy } from './lazy.js';

/** Input 0 of a loss is f, one value per row. */
export const MODEL_OUTPUT = 0;

/** out: the only output of an evaluator on all rows */
function rowsInto(e: Evaluator, rows: number, out: Vec): void {
  e.begin();
  for (let start = 0; start < rows; start += BLOCK) {
    const count = Math.min(BLOCK, rows - start);
    e.block(start, count);
    copyTo(out, 0, e.outputs[0], start, count);
  }
}

const programs = new WeakMap<Loss, () => Program>();

/** ℓ as kernels read it, of a loss that was written. */
export const lossProgram = (loss: Loss): Program | undefined => programs.get(loss)?.();

/** @param linear how many numbers of f beyond the rows count as they are: Σ ℓ + f_n + … */
export function expressionLoss(formula: Formula, linear: number): Loss {
  const { graph, output, rows } = formula;
  const f: Operand = { values: new Float64Array(rows), stride: 1, whole: 1 };
  const prepared: Prepared = {
    ...formula,
    slots: new Map(),
    fixed: new Map(),
    rowInputs: new Map([[MODEL_OUTPUT, f]]),
  };
  const model = graph.input(MODEL_OUTPUT, true);
  const slope = (of: Id) => gradient(graph, of, [model])[0];
  const [value, first, second] = [output, slope(output), slope(slope(output))].map(id => evaluator(prepared, [id], 0));
  const each = new Float64Array(rows);
  const made: Loss = {
    name: 'expression',
    value(at) {
      f.values = at;
      rowsInto(value, rows, each);
      let sum = 0;
      for (let k = 0; k < rows; k++) sum += each[k];
      for (let k = rows; k < rows + linear; k++) sum += at[k];
      return sum;
    },
    gradientInto(at, out) {
      f.values = at;
      rowsInto(first, rows, out);
      out.fill(1, rows);
    },
    hessianTimesInto(at, x, out) {
      f.values = at;
      rowsInto(second, rows, each);
      for (let k = 0; k < rows; k++) out[k] = each[k] * x[k];
      out.fill(0, rows);
    },
  };
  programs.set(
    made,
    lazy(() => programOf(prepared, [model])),
  );
  return made;
}
