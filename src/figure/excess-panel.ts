/** What the panels of figure 3 share: excess of the flow and of the convex problem on each number of particles, drawn and tabulated. */
import type { CurvePanel } from '../figure-results.js';
import { type FigureRun, geometricMean } from './kind.js';
import type { EXCESS, Published } from './published.js';

/** One number of particles: relative excess of each problem or run. */
export interface Column {
  readonly m: number;
  readonly flow: number[];
  readonly convex: number[];
  failed: number;
}

export const columnsOf = (counts: readonly number[]): Column[] =>
  counts.map(m => ({ m, flow: [], convex: [], failed: 0 }));

export interface ExcessPanel {
  readonly name: keyof typeof EXCESS;
  readonly heading: string;
  /** Relative to what. */
  readonly label: string;
  readonly columns: readonly Column[];
  /** m₀. */
  readonly enough: number;
  /** Below it the optimisation's own error begins. */
  readonly band: number;
  /** Curves are shown with a floor, in the manner of the paper. */
  readonly floor: number;
  readonly published: Published;
  readonly assumed: readonly string[];
}

export type ExcessKind = (run: FigureRun) => Promise<ExcessPanel>;

const mean = ({ floor }: ExcessPanel, values: readonly number[]): number =>
  geometricMean(values.map(v => Math.max(v, floor)));

export function panelOf(p: ExcessPanel): CurvePanel {
  const { columns, floor } = p;
  const dots = (of: (c: Column) => readonly number[]) => ({
    x: columns.flatMap(c => of(c).map(() => c.m)),
    y: columns.flatMap(c => of(c).map(v => Math.max(v, floor))),
    mark: 'dots' as const,
  });
  const line = (of: (c: Column) => readonly number[]) => ({
    x: columns.map(c => c.m),
    y: columns.map(c => mean(p, of(c))),
    mark: 'line' as const,
  });
  return {
    kind: 'curves',
    heading: p.heading,
    x: { label: 'm, particles', log: true, plain: true },
    y: { label: p.label, log: true, floor },
    rules: [p.enough],
    band: p.band,
    curves: [
      { label: 'convex minimisation, one problem', ...dots(c => c.convex), colour: 1 },
      { label: 'particle gradient flow, one problem', ...dots(c => c.flow), colour: 0 },
      { label: 'convex minimisation, geometric mean', ...line(c => c.convex), colour: 1 },
      { label: 'particle gradient flow, geometric mean', ...line(c => c.flow), colour: 0 },
    ],
  };
}

export const HEADER = [
  'panel',
  'm',
  'flow, geometric mean',
  'flow, share in the band',
  'flow, largest',
  'convex, geometric mean',
  'convex, share in the band',
  'flows not ended well',
  'published flow',
  'published convex',
];

export function rowsOf(p: ExcessPanel): (number | string)[][] {
  const share = (values: readonly number[]) => values.filter(v => v < p.band).length / values.length;
  return p.columns.map(c => {
    const [, flow, convex] = p.published.find(([m]) => m === c.m) ?? [c.m, '—', '—'];
    return [
      p.name,
      c.m,
      mean(p, c.flow),
      share(c.flow),
      Math.max(...c.flow),
      mean(p, c.convex),
      share(c.convex),
      c.failed,
      flow,
      convex,
    ];
  });
}
