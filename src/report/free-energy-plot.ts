/** Noisy particles: F, and the free energy F + τ∫ρ log ρ, along t. */
import * as Plot from '@observablehq/plot';
import type { FreeEnergy, Study } from '../results.js';
import { chart, type Figure, line, type Panel, panelWidth } from './chart.js';
import { dash, runColour } from './palette.js';
import type { Point } from './thin.js';
import { roomy } from './time-plot.js';
import { freeEnergyOf, given, num, runLabels } from './words.js';

const HEIGHT = 320;

function panel(along: FreeEnergy, heading: string, width: number): Panel | null {
  const { value, error } = freeEnergyOf(along);
  const times = Array.from(along.t.keys()).filter(k => along.t[k] > 0 && Number.isFinite(value[k]));
  if (times.length < 2) return null;
  const points = (of: readonly number[]) => times.map((k): Point => ({ x: along.t[k], y: of[k] }));
  const band = times.map(k => ({ x: along.t[k], low: value[k] - 2 * error[k], high: value[k] + 2 * error[k] }));
  const [first, last] = [times[0], times[times.length - 1]];
  const svg = chart({
    width,
    height: HEIGHT,
    x: { label: 't, time of the method', log: true, domain: [along.t[first], along.t[last]] },
    y: {
      label: 'F and F + τ∫ρ log ρ',
      log: false,
      domain: roomy([...band.flatMap(b => [b.low, b.high]), ...times.map(k => along.energy[k])]),
    },
    alt: `Free energy over time, ${heading}: from ${num(value[first])} to ${num(value[last])}; F from ${num(along.energy[first])} to ${num(along.energy[last])}.`,
    marks: [
      Plot.areaY(band, { x: 'x', y1: 'low', y2: 'high', fill: runColour(0), fillOpacity: 0.25 }),
      line(points(value), { colour: runColour(0), width: 2 }),
      line(points(along.energy), { colour: runColour(1), dash: dash(1) }),
    ],
  });
  return { heading, svg, legend: [] };
}

/** Null where no run has a temperature and particles enough. */
export function freeEnergyFigure({ runs }: Study): Figure | null {
  const labels = runLabels(runs);
  const known = runs.flatMap((run, i) => (run.freeEnergy ? [{ along: run.freeEnergy, label: labels[i] }] : []));
  const panels = known.flatMap(({ along, label }) => panel(along, label, panelWidth(known.length)) ?? []);
  if (panels.length === 0) return null;
  const [{ temperature, neighbours }] = known.map(k => k.along);
  return {
    title: 'Free energy',
    panels,
    legend: [
      { text: 'F + τ∫ρ log ρ, ± 2 standard errors', colour: runColour(0) },
      { text: 'F', colour: runColour(1), dash: dash(1) },
    ],
    caption: `Noise of temperature τ = ${given(temperature)} makes F rise again in the end; what falls, for many particles, is the free energy. Its entropy is estimated from the distances of particles to neighbour ${neighbours}. The band is the scatter of those distances; the estimate is also biased, most where the cloud is thin or lies on a line, as after steps that put particles on w = 0.`,
  };
}
