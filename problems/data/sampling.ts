/** From a sample to Φ and R: the whole of it, batches of it, and what is held out. */
import type { Batch, Feature, Problem, Random, Sampling, Vec } from '../../src/types.js';
import type { Inputs } from '../features/neuron.js';

/** Rows of inputs, one target each. */
export interface Sample {
  readonly inputs: Inputs;
  readonly targets: Vec;
}

/** What R is measured on: the rows to train on, or an evaluation sample beside a stream of fresh ones. */
export interface Data extends Sample {
  /** Rows held out. */
  readonly test?: Sample | undefined;
  /** Fresh rows; then the rows above only measure. */
  readonly stream?: ((random: Random, size: number) => Sample) | undefined;
}

/** Φ and R on given rows, R their mean. */
export type OnRows = (sample: Sample) => Batch;

// A view of each row would cost more than its numbers.
function picked({ inputs: { columns, values }, targets }: Sample, rows: ArrayLike<number>): Sample {
  const n = rows.length;
  const inputs = { rows: n, columns, values: new Float64Array(n * columns), once: true };
  const its = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const from = rows[k] * columns;
    for (let j = 0; j < columns; j++) inputs.values[k * columns + j] = values[from + j];
    its[k] = targets[rows[k]];
  }
  return { inputs, targets: its };
}

/** Rows with replacement. */
function drawn(random: Random, size: number, n: number): Int32Array {
  const rows = new Int32Array(size);
  for (let k = 0; k < size; k++) rows[k] = Math.floor(n * random.uniform());
  return rows;
}

function tableSampling(sample: Sample, onRows: OnRows): Sampling {
  const n = sample.inputs.rows;
  const pick = (rows: ArrayLike<number>) => onRows(picked(sample, rows));
  return {
    rows: n,
    pick,
    draw: (random, size) => pick(drawn(random, size, n)),
  };
}

const once = ({ inputs, targets }: Sample): Sample => ({ inputs: { ...inputs, once: true }, targets });

/** Where inputs have a density the units switch nowhere in particular. */
function withoutKinks({ kinks: _, ...feature }: Feature): Feature {
  return feature;
}

const areLabels = (targets: Vec): boolean => targets.every(t => t === 1 || t === -1);

/** Φ, R and how R is drawn, for any kind that is a mean over rows. */
export function sampled(
  data: Data,
  onRows: OnRows,
): Batch & Required<Pick<Problem, 'sampling'>> & Pick<Problem, 'heldOut'> {
  const { targets, stream, test } = data;
  const whole = onRows(data);
  if (stream) {
    const feature = withoutKinks(whole.feature);
    const labels = areLabels(targets) && { labels: { own: targets } };
    return {
      feature,
      loss: whole.loss,
      sampling: { rows: null, draw: (random, size) => onRows(once(stream(random, size))) },
      heldOut: { source: 'evaluation', feature, loss: whole.loss, ...labels },
    };
  }
  const sampling = tableSampling(data, onRows);
  if (!test) return { ...whole, sampling };
  const labels = areLabels(targets) && areLabels(test.targets) && { labels: { own: test.targets, training: targets } };
  return { ...whole, sampling, heldOut: { source: 'test', ...onRows(test), ...labels } };
}
