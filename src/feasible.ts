/** What an experiment asks of a problem whose domain has bounds: a start inside, and methods that stay there. */
import type { Fault } from './experiment-file.js';
import { outsideMessage, wallsOf } from './math/domain.js';
import { type Experiment, insideNames } from './spec.js';
import type { Problem } from './types.js';

const methodMessage = (kind: string, instead: string): string =>
  `the domain has bounds, and ${kind} steps over them; take ${instead}`;

/** Faults of the start and of the methods against the bounds of the domain. */
export function feasibilityFaults({ particles, solver, compare }: Experiment, { domain }: Problem): Fault[] {
  if (wallsOf(domain).length === 0) return [];
  const rows = 'values' in particles ? particles.values : [];
  const starts = rows.flatMap((row, i) => {
    const message = outsideMessage(domain, Float64Array.from(row));
    return message
      ? [{ path: ['particles', 'values', i], message: `the start must lie in the domain: ${message}` }]
      : [];
  });
  const kind = solver?.kind ?? 'inclusion';
  const methods = compare?.stepsize?.methods ?? [];
  return [
    ...starts.slice(0, 1),
    ...(insideNames.includes(kind)
      ? []
      : [{ path: ['solver', 'kind'], message: methodMessage(kind, insideNames.join(', ')) }]),
    ...methods.flatMap((m, i) =>
      insideNames.includes(m)
        ? []
        : [
            {
              path: ['compare', 'stepsize', 'methods', i],
              message: methodMessage(m, 'proximal-euler, which projects'),
            },
          ],
    ),
  ];
}

/** Discrete methods to compare with the flow where none are named. */
export const comparedByDefault = ({ domain }: Problem): ('gd' | 'proximal-euler')[] =>
  wallsOf(domain).length === 0 ? ['gd', 'proximal-euler'] : ['proximal-euler'];
