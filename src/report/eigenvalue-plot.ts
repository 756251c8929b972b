/** Matrices and tensors: the spectrum of what the particles stand for, over time, against that of what is sought. */
import * as Plot from '@observablehq/plot';
import { singularValues, symmetricEigenvalues } from '../math/spectrum.js';
import type { RunResult, Study } from '../results.js';
import { chart, type Figure, line, type Panel, panelWidth } from './chart.js';
import { colour, levelColour } from './palette.js';
import type { Point } from './thin.js';
import { roomy, shown } from './time-plot.js';
import { countOf, num, runLabels } from './words.js';

const HEIGHT = 320;
/** Larger ones cost their cube at every time, and show a smear. */
const MOST_VALUES = 40;

type Rows = readonly (readonly number[])[];

/** What is drawn of a problem. */
interface Spectrum {
  /** In the plural, in words; and with its symbol. */
  readonly name: string;
  readonly symbol: string;
  /** What S is, and what is sought. */
  readonly sum: string;
  readonly target: string;
  /** The numbers to follow, from the particles. */
  of(particles: Rows): number[];
  /** Empty where the experiment does not know. */
  readonly sought: readonly number[];
  readonly caption: string;
}

interface Keys {
  readonly kind: string;
  readonly matrix?: readonly (readonly (number | null)[])[];
  readonly truth?: Rows;
  readonly chart?: string;
}

/** The matrix sought, where all of it is known. */
function targetOf({ matrix, truth }: Keys): Rows | null {
  if (truth) return truth;
  return matrix?.every(r => r.every(x => x !== null)) ? (matrix as Rows) : null;
}

const mean = (particles: Rows, of: (u: readonly number[]) => number): number =>
  particles.reduce((sum, u) => sum + of(u), 0) / particles.length;

/** (1/m) Σ a(u)ₐ b(u)_b as rows. */
const moment = (
  particles: Rows,
  rows: number,
  columns: number,
  entry: (u: readonly number[], a: number, b: number) => number,
): number[][] =>
  Array.from({ length: rows }, (_, a) =>
    Array.from({ length: columns }, (_, b) => mean(particles, u => entry(u, a, b))),
  );

function symmetric(problem: Keys, d: number): Spectrum {
  const target = targetOf(problem);
  return {
    name: 'eigenvalues',
    symbol: 'eigenvalue of S(t) = (1/m) Σ θθᵀ, from the largest down',
    sum: 'S',
    target: 'M',
    of: particles => symmetricEigenvalues(moment(particles, d, d, (u, a, b) => u[a] * u[b])),
    sought: target ? symmetricEigenvalues(target) : [],
    caption:
      'S is positive semidefinite: lines rise to the positive eigenvalues of M one after the other, the largest first; to a negative eigenvalue S can answer only with zero.',
  };
}

/** Rows of M, from whatever of it the experiment has. */
const rowsOf = ({ matrix, truth, sensing }: Keys & { readonly sensing?: { readonly matrices?: readonly Rows[] } }) =>
  (matrix ?? truth ?? sensing?.matrices?.[0] ?? []).length;

const over = (chart: string | undefined, u: readonly number[]): number =>
  chart === 'two-homogeneous' ? Math.hypot(...u) || 1 : 1;

function rectangular(problem: Keys, dim: number): Spectrum {
  const [target, n] = [targetOf(problem), rowsOf(problem)];
  const { chart } = problem;
  return {
    name: 'singular values',
    symbol: `singular value of S(t) = (1/m) Σ w·uvᵀ${chart === 'two-homogeneous' ? '/|(w, u, v)|' : ''}, from the largest down`,
    sum: 'S',
    target: 'M',
    of: particles =>
      singularValues(moment(particles, n, dim - 1 - n, (u, a, b) => (u[0] * u[1 + a] * u[1 + n + b]) / over(chart, u))),
    sought: target ? singularValues(target) : [],
    caption:
      'Lines rise to the singular values of M one after the other, the largest first; a penalty holds them below, each by the same amount.',
  };
}

/** The part of S along each component of the tensor, which is its mass where the components are orthogonal. */
function components(problem: Keys): Spectrum | null {
  const { truth, chart } = problem;
  if (!truth) return null;
  const lengths = truth.map(v => Math.hypot(...v));
  const along = (u: readonly number[], j: number) => truth[j].reduce((s, x, k) => s + x * u[k], 0) / (lengths[j] || 1);
  const part = (particles: Rows, j: number) => mean(particles, u => along(u, j) ** 3 / over(chart, u));
  // ⟨T, x⊗x⊗x⟩ at x = v/|v|, T = Σ v⊗v⊗v.
  const sought = truth.map((_, j) => truth.reduce((sum, v) => sum + along(v, j) ** 3, 0));
  return {
    name: 'components',
    symbol: `⟨S(t), x⊗x⊗x⟩ along each known component, S = (1/m) Σ θ⊗θ⊗θ${chart === 'two-homogeneous' ? '/|θ|' : ''}`,
    sum: 'S',
    target: 'T',
    of: particles => truth.map((_, j) => part(particles, j)),
    sought,
    caption:
      'How much of each known component the particles have found, in the direction x of that component; without a penalty all of it at the end.',
  };
}

function spectrumOf({ spec, domain }: RunResult): Spectrum | null {
  const problem = spec.problem as unknown as Keys;
  if (problem.kind === 'low-rank') return symmetric(problem, domain.length);
  if (problem.kind === 'low-rank-asymmetric') return rectangular(problem, domain.length);
  return problem.kind === 'tensor' ? components(problem) : null;
}

/** Every particle is there (a large cloud is thinned for pictures), all of it finite. */
const drawable = (run: RunResult): boolean => {
  const { t, particles } = run.paths;
  if (run.domain.length > 2 * MOST_VALUES || shown(t).length < 2 || !spectrumOf(run)) return false;
  return particles.every(rows => rows.length === countOf(run) && rows.every(u => u.every(Number.isFinite)));
};

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

function panel(run: RunResult, spectrum: Spectrum, heading: string, width: number): Panel {
  const { t, particles } = run.paths;
  const times = shown(t);
  const along = times.map(k => spectrum.of(particles[k]));
  const { sought, name, sum, target } = spectrum;
  const last = along[along.length - 1];
  const curves = last.map((_, j) => times.map((k, i): Point => ({ x: t[k], y: along[i][j] })));
  const list = (values: readonly number[]) => values.map(x => num(x)).join(', ');
  const svg = chart({
    width,
    height: HEIGHT,
    x: { label: 't, flow time', log: true, domain: [t[times[0]], t[times[times.length - 1]]] },
    y: { label: `${name} of ${sum}(t)`, log: false, domain: roomy([...sought, ...along.flat()]) },
    alt: `${capital(name)} of ${sum} over time, ${heading}: at the end ${list(last)}; of ${target}: ${sought.length > 0 ? list(sought) : 'not known'}.`,
    marks: [
      Plot.ruleY([0], { stroke: 'currentColor', strokeWidth: 0.8 }),
      Plot.ruleY(sought, { stroke: colour('truth'), strokeDasharray: '4 3', strokeOpacity: 0.8 }),
      ...curves.map((c, j) => line(c, { colour: levelColour(j, curves.length) })),
    ],
  });
  return { heading, svg, legend: [] };
}

/** Null where the problem is no matrix and no tensor with known components, or too large a one. */
export function eigenvalueFigure(study: Study): Figure | null {
  const labels = runLabels(study.runs);
  const drawn = study.runs.flatMap((run, i) => {
    const spectrum = drawable(run) ? spectrumOf(run) : null;
    return spectrum ? [{ run, spectrum, label: labels[i] }] : [];
  });
  if (drawn.length === 0) return null;
  const [{ spectrum }] = drawn;
  const known = spectrum.sought.length > 0;
  return {
    title: `${capital(spectrum.name)} along the flow`,
    panels: drawn.map(d => panel(d.run, d.spectrum, d.label, panelWidth(drawn.length))),
    legend: [
      { text: spectrum.symbol, colour: levelColour(0, 2) },
      ...(known ? [{ text: `the same of ${spectrum.target}`, colour: colour('truth'), dash: '4 3' }] : []),
    ],
    caption: spectrum.caption,
  };
}
