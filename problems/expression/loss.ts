/** A formula of f and the columns as a loss: R(f) = Σ over rows of ℓ(f_k; row k). */
import type { Loss, Vec } from '../../src/types.js';
import { gradient } from './derive.js';
import { addTo, BLOCK, type Evaluator, evaluator, type Operand, type Prepared, valueAt } from './evaluate.js';
import type { Formula, Id } from './formula.js';

/** Input 0 of a loss is f, one value per row. */
export const MODEL_OUTPUT = 0;

function overRows(e: Evaluator, rows: number, see: (o: Operand, start: number, count: number) => void): void {
  e.begin();
  for (let start = 0; start < rows; start += BLOCK) {
    const count = Math.min(BLOCK, rows - start);
    e.block(start, count);
    see(e.outputs[0], start, count);
  }
}

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
  return {
    name: 'expression',
    value(at) {
      f.values = at;
      let sum = 0;
      overRows(value, rows, (o, start, count) => {
        for (let j = 0; j < count; j++) sum += valueAt(o, start, j);
      });
      for (let k = rows; k < rows + linear; k++) sum += at[k];
      return sum;
    },
    gradientInto(at, out) {
      f.values = at;
      out.fill(1);
      out.fill(0, 0, rows);
      overRows(first, rows, (o, start, count) => addTo(out, 0, 1, o, start, count));
    },
    hessianTimesInto(at: Vec, x: Vec, out: Vec) {
      f.values = at;
      out.fill(0);
      overRows(second, rows, (o, start, count) => {
        for (let j = 0; j < count; j++) out[start + j] = valueAt(o, start, j) * x[start + j];
      });
    },
  };
}
