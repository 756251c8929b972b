/** What `pgf figure` computes, prints with `--json` and draws. No code. Numbers are those of the runs; positions are not wrapped. */

/** How a path ends: by the sign of its weight; at weight zero after moving, or without; `plain` where there is no weight. */
export type PathFate = 'positive' | 'negative' | 'gone' | 'resting' | 'plain';

export interface DrawnPath {
  readonly fate: PathFate;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Paths of one label share a colour and a line of the legend, in place of those of their fate. */
  readonly label?: string;
}

/** Particles in a plane. */
export interface PathPanel {
  readonly kind: 'paths';
  readonly heading: string;
  readonly x: string;
  readonly y: string;
  /** The same unit on both axes. */
  readonly square: boolean;
  /** x is a circle of length 1. */
  readonly circle?: boolean;
  /** Where the picture ends; else it takes in every path and the origin. */
  readonly frame?: readonly [x0: number, x1: number, y0: number, y1: number];
  readonly paths: readonly DrawnPath[];
  /** Directions of dashed rays from the origin. */
  readonly rays?: readonly (readonly number[])[];
  /** Dashed lines at these x. */
  readonly rules?: readonly number[];
  /** A function on a grid over the frame, rows by increasing y, and the values at which its level lines are drawn. */
  readonly field?: {
    readonly columns: number;
    readonly rows: number;
    readonly values: readonly number[];
    readonly levels: readonly number[];
  };
}

export interface DrawnCurve {
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Single runs are dots, what is said of all of them a line. */
  readonly mark: 'line' | 'dots';
  /** Curves and dots of one colour belong together. */
  readonly colour: number;
}

export interface CurvePanel {
  readonly kind: 'curves';
  readonly heading: string;
  /** `plain`: counts, written out on a log axis. */
  readonly x: { readonly label: string; readonly log: boolean; readonly plain?: boolean };
  readonly y: { readonly label: string; readonly log: boolean; readonly floor?: number };
  readonly curves: readonly DrawnCurve[];
  /** Dashed lines at these x. */
  readonly rules?: readonly number[];
  /** Values below this are within the error of the optimisation: a band. */
  readonly band?: number;
}

export type FigurePanel = PathPanel | CurvePanel;

export interface FigureTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly (number | string)[])[];
}

/** What is drawn and said. */
export interface DrawnFigure {
  readonly title: string;
  readonly caption: string;
  /** What the paper does not say, and what was taken in its place. */
  readonly assumed: readonly string[];
  /** Names of dashed rays and rules. */
  readonly dashed?: string;
  readonly rows: readonly (readonly FigurePanel[])[];
  /** What is said of the runs, one row each. */
  readonly table: FigureTable;
}

export interface FigureData extends DrawnFigure {
  readonly format: 'pgf-figure-1';
  readonly name: string;
  readonly manifest: { readonly version: string; readonly command: string; readonly seconds: number };
}
