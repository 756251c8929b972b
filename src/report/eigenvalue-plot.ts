/** Low-rank matrices: the eigenvalues of S(t) = (1/m) Σ θθᵀ against those of the matrix sought. */
import * as Plot from '@observablehq/plot';
import { symmetricEigenvalues } from '../math/spectrum.js';
import type { RunResult, Study } from '../results.js';
import { chart, type Figure, line, type Panel, panelWidth } from './chart.js';
import { colour, levelColour } from './palette.js';
import type { Point } from './thin.js';
import { roomy, shown } from './time-plot.js';
import { countOf, num, runLabels } from './words.js';

const HEIGHT = 320;
/** Larger matrices cost d³ at every time, and show a smear. */
const MOST_EIGENVALUES = 40;

type Rows = readonly (readonly number[])[];

const matrixOf = ({ spec: { problem } }: Pick<RunResult, 'spec'>): Rows | null =>
  problem.kind === 'low-rank' ? (problem.matrix as Rows) : null;

/** (1/m) Σ θθᵀ */
const secondMoment = (particles: Rows): number[][] => {
  const d = particles[0].length;
  return Array.from({ length: d }, (_, a) =>
    Array.from({ length: d }, (_, b) => particles.reduce((sum, u) => sum + u[a] * u[b], 0) / particles.length),
  );
};

/** Every particle is there (a large cloud is thinned for pictures), all of it finite. */
const drawable = (run: RunResult): boolean => {
  const { t, particles } = run.paths;
  const matrix = matrixOf(run);
  if (!matrix || matrix.length > MOST_EIGENVALUES || shown(t).length < 2) return false;
  return particles.every(rows => rows.length === countOf(run) && rows.every(u => u.every(Number.isFinite)));
};

function panel(run: RunResult, matrix: Rows, heading: string, width: number): Panel {
  const { t, particles } = run.paths;
  const times = shown(t);
  const along = times.map(k => symmetricEigenvalues(secondMoment(particles[k])));
  const sought = symmetricEigenvalues(matrix);
  const curves = sought.map((_, j) => times.map((k, i): Point => ({ x: t[k], y: along[i][j] })));
  const last = along[along.length - 1];
  const svg = chart({
    width,
    height: HEIGHT,
    x: { label: 't, flow time', log: true, domain: [t[times[0]], t[times[times.length - 1]]] },
    y: { label: 'eigenvalues of S(t)', log: false, domain: roomy([...sought, ...along.flat()]) },
    alt: `Eigenvalues of S over time, ${heading}: at the end ${last.map(x => num(x)).join(', ')}; of M: ${sought.map(x => num(x)).join(', ')}.`,
    marks: [
      Plot.ruleY([0], { stroke: 'currentColor', strokeWidth: 0.8 }),
      Plot.ruleY(sought, { stroke: colour('truth'), strokeDasharray: '4 3', strokeOpacity: 0.8 }),
      ...curves.map((c, j) => line(c, { colour: levelColour(j, curves.length) })),
    ],
  });
  return { heading, svg, legend: [] };
}

/** Null where the problem is no matrix, or too large a one. */
export function eigenvalueFigure(study: Study): Figure | null {
  const labels = runLabels(study.runs);
  const drawn = study.runs.filter(drawable);
  if (drawn.length === 0) return null;
  const panels = drawn.map(run =>
    panel(run, matrixOf(run) ?? [], labels[study.runs.indexOf(run)], panelWidth(drawn.length)),
  );
  return {
    title: 'Eigenvalues along the flow',
    panels,
    legend: [
      { text: 'eigenvalue of S(t) = (1/m) Σ θθᵀ, from the largest down', colour: levelColour(0, 2) },
      { text: 'eigenvalue of M', colour: colour('truth'), dash: '4 3' },
    ],
    caption:
      'S is positive semidefinite: lines rise to the positive eigenvalues of M one after the other, the largest first; to a negative eigenvalue S can answer only with zero.',
  };
}
