/** Figure 3 of Chizat & Bach (2018): excess loss at convergence against m, for the flow and for the convex problem on the weights alone. */
import { deconvolutionExcess } from './excess-deconvolution.js';
import { reluExcess, sigmoidExcess } from './excess-networks.js';
import { type ExcessKind, type ExcessPanel, HEADER, panelOf, rowsOf } from './excess-panel.js';
import type { DrawnFigure, FigureKind, FigureRun } from './kind.js';

const PANELS: Readonly<Record<string, ExcessKind>> = {
  deconvolution: deconvolutionExcess,
  relu: reluExcess,
  sigmoid: sigmoidExcess,
};

async function compute(run: FigureRun): Promise<DrawnFigure> {
  const panels: ExcessPanel[] = [];
  for (const name of run.panels ?? Object.keys(PANELS)) panels.push(await PANELS[name](run));
  const each = (of: (p: ExcessPanel) => number) => panels.map(p => `${of(p)}`).join(', ');
  return {
    title: 'Excess loss at convergence against the number of particles',
    caption: `Where the particle gradient flow ends, and where the convex problem on as many weights does, whose positions do not move (a grid, or random features): dots are single problems, lines geometric means, both with a floor (${each(p => p.floor)}); shaded: below ${each(p => p.band)}, the error of the optimisation itself.`,
    assumed: panels.flatMap(p => p.assumed),
    dashed: `m₀ = ${each(p => p.enough)}, spikes or units of the teacher`,
    rows: [panels.map(panelOf)],
    table: { header: HEADER, rows: panels.flatMap(rowsOf) },
  };
}

export const excessFigure: FigureKind = {
  name: '3',
  summary: 'excess loss at convergence against m: deconvolution, and ReLU and sigmoid units in dimension 100 by SGD',
  defaults: { counts: [], problems: 10, end: 200, runs: 2, steps: 10_000, dimension: 100, panels: Object.keys(PANELS) },
  ofPanels: {
    problems: ['deconvolution'],
    end: ['deconvolution'],
    runs: ['relu', 'sigmoid'],
    steps: ['relu', 'sigmoid'],
    dimension: ['relu', 'sigmoid'],
  },
  compute,
};
