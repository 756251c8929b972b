/** Experiments with one thing wrong, and what is said of them. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal } from '../src/cli/exit.js';
import { readInput } from '../src/cli/input.js';
import { InvalidExperiment } from '../src/experiment-file.js';
import { settingOf } from '../src/run.js';

export const HERE = mkdtempSync(join(tmpdir(), 'refused-'));
export const at = (name: string): string => join(HERE, name);

const REST = `particles: { count: 4 }
time: { end: 0.01 }
seed: a
`;
export const of = (problem: string, rest = REST) => `problem:\n${problem.trimEnd().replace(/^/gm, '  ')}\n${rest}`;
export const sample = (data: string, more = '') => of(`kind: sigmoid-network\ndata: ${data}\n${more}`);
export const custom = (data: string, more = 'feature: w*x1\nloss: (f - y)^2/2') =>
  of(`kind: custom\nparticle: [w, a]\n${more}\ndata: ${data}`);
export const formula = (feature: string) =>
  custom('{ columns: { x1: [1, 2], y: [1, 2] } }', `feature: ${JSON.stringify(feature)}\nloss: (f - y)^2/2`);
export const lowRank = (matrix: string) => of(`kind: low-rank\nmatrix: ${matrix}`);
export const spikes = (observation: string, more = 'lambda: 0.5') =>
  of(`kind: deconvolution\norder: 2\n${more}\nobservation: ${observation}`);

/** Reads, checks and builds as `pgf run` does before it claims a folder. */
export function refusal(text: string, set: readonly string[] = []): string {
  writeFileSync(at('my.yaml'), text);
  const input = readInput(at('my.yaml'), { set });
  try {
    settingOf(input.experiment, input.sources);
  } catch (error) {
    throw input.placed(error);
  }
  return 'accepted';
}

/** What a refusal said, with paths as seen from the folder. */
export function words(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (error instanceof InvalidExperiment) return error.message.replaceAll(`${HERE}/`, '');
    if (error instanceof Refusal) return `exit ${error.status}: ${error.message.replaceAll(`${HERE}/`, '')}`;
    throw error;
  }
}
