/**
 * Colours by role, told apart without colour vision (Okabe & Ito 2008, darkened for white and lightened for black paper) and always
 * doubled by a dash or a shape. In figures they are `var(--role, light value)`: a figure cut out of the page keeps its colours.
 */

const ROLES: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  run0: ['#0072b2', '#56b4e9'],
  run1: ['#c2500a', '#f28e4b'],
  run2: ['#007a5a', '#2fc79a'],
  run3: ['#a8487e', '#e49ac4'],
  run4: ['#8a6d00', '#e6c74a'],
  run5: ['#555555', '#bdbdbd'],
  positive: ['#c2500a', '#f28e4b'],
  negative: ['#0072b2', '#56b4e9'],
  muted: ['#767676', '#8f8f8f'],
  truth: ['#2e7d32', '#7fce83'],
  seq0: ['#0d0887', '#7b8cff'],
  seq1: ['#41049d', '#9c84f5'],
  seq2: ['#6a00a8', '#b97fe0'],
  seq3: ['#8f0da4', '#d57cc4'],
  seq4: ['#b12a90', '#ec7fa0'],
  seq5: ['#cc4778', '#f88d78'],
  seq6: ['#dd5a5a', '#fca650'],
  seq7: ['#e0662d', '#f5cb3c'],
};

const RUNS = 6;
const LEVELS = 8;

export type Role = 'positive' | 'negative' | 'muted' | 'truth';

const variable = (role: string): string => `var(--${role}, ${ROLES[role][0]})`;

export const colour = (role: Role): string => variable(role);

/** Of the i-th run. */
export const runColour = (i: number): string => variable(`run${i % RUNS}`);

/** Of the i-th of n values in increasing order. */
export const levelColour = (i: number, n: number): string =>
  variable(`seq${n < 2 ? 0 : Math.round((i / (n - 1)) * (LEVELS - 1))}`);

const DASHES = ['none', '7 3', '2 3', '9 3 2 3', '13 4', '5 2 2 2 2 2'] as const;

/** Shifted by one on each round of the colours, so that no two of 36 runs look alike. */
export const dash = (i: number): string => DASHES[(i + Math.floor(i / RUNS)) % DASHES.length];

const declarations = (scheme: 0 | 1): string =>
  Object.entries(ROLES)
    .map(([role, values]) => `--${role}:${values[scheme]}`)
    .join(';');

/** CSS declarations of every role. */
export const lightColours = (): string => declarations(0);
export const darkColours = (): string => declarations(1);
