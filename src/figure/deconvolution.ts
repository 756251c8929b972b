/** Figure 1 of Chizat & Bach (2018): sparse deconvolution on the circle, too few particles and enough. */
import { figure1 } from '../../problems/presets/index.js';
import { resolveExperiment } from '../resolve.js';
import type { RunResult, Study } from '../results.js';
import { runStudy } from '../study.js';
import { type DrawnFigure, type FigureKind, type FigureRun, Interrupted, pathsOf } from './kind.js';

const wrap = (x: number): number => x - Math.floor(x);

async function studied({ counts, end, seed, signal, progress }: FigureRun): Promise<Study> {
  const { compare: _, ...preset } = structuredClone(figure1);
  const value = { ...preset, seed, time: { end }, compare: { counts: [...counts] } };
  const { experiment } = resolveExperiment({ value, source: 'figure 1', locate: () => undefined });
  const origin = { version: '', node: '', command: '' };
  const shown = progress && { progress: (p: { label?: string }) => progress(p.label ?? '') };
  const study = await runStudy(experiment, origin, { ...(signal && { signal }), ...shown });
  if (signal?.aborted) throw new Interrupted('figure 1');
  return study;
}

const ROW = ['m', 'F', 'excess at least', 'excess at most', 'verdict', 'spikes', 'weights', 'resting at w = 0'];

function rowOf({ final, certificate: c, sparsity }: RunResult, minimum: Study['minimum']): (number | string)[] {
  const spikes = sparsity?.spikes ?? [];
  return [
    final.particles.length,
    c.primal,
    Math.max(c.excessAtLeast, minimum ? c.primal - minimum.upper : 0, 0),
    minimum ? c.primal - minimum.lower : c.gap,
    c.verdict,
    spikes.map(s => wrap(s.position[0]).toFixed(5)).join(' '),
    spikes.map(s => s.weight.toPrecision(6)).join(' '),
    final.particles.filter(([w]) => w === 0).length,
  ];
}

async function compute(run: FigureRun): Promise<DrawnFigure> {
  const study = await studied(run);
  const support = (study.minimum?.spikes ?? []).map(s => wrap(s.position[0]));
  const heading = (r: RunResult) => {
    const verdict = { 'global-within-gap': 'global minimum', 'not-global': 'not global', unknown: 'not decided' };
    return `m = ${r.final.particles.length}: ${verdict[r.certificate.verdict]}`;
  };
  return {
    title: 'Sparse deconvolution: paths of the particles',
    caption:
      'Weight against position of every particle along the flow, from w = 0 on a uniform grid, with a dot at its end. A spike of the measure weighs the mean of its particles’ weights over all m. The verdict is that of the certificate.',
    assumed: [
      'The paper does not state its data: five spikes of amplitude 0.07 to 0.12 through an ideal low-pass filter of order 7, noise 0.005 per coefficient, λ = 0.1.',
      'The flow itself is drawn where the paper takes forward–backward steps.',
      `The dashed minimiser is that of these data${study.minimum ? `, F* between ${study.minimum.lower} and ${study.minimum.upper}` : ', which was not found'}.`,
    ],
    dashed: 'support of the minimiser',
    rows: [
      study.runs.map(r => ({
        kind: 'paths' as const,
        heading: heading(r),
        x: 'position θ',
        y: 'weight w',
        square: false,
        circle: true,
        paths: pathsOf(r, ([w, theta]) => [theta, w]),
        rules: support,
      })),
    ],
    table: { header: ROW, rows: study.runs.map(r => rowOf(r, study.minimum)) },
  };
}

export const deconvolutionFigure: FigureKind = {
  name: '1',
  summary: 'sparse deconvolution: too few particles fail, more find the minimum',
  defaults: { counts: [6, 10, 100], end: 2 },
  compute,
};
