import { relative } from 'node:path';
import { meant } from '../math/nearest.js';
import { problemKinds } from '../spec.js';
import type { ProblemKind } from '../types.js';
import { EXIT, Refusal } from './exit.js';
import { entryAt } from './input.js';
import { writeFile } from './output.js';
import { print, say } from './session.js';

const indented = (text: string): string => text.replace(/^/gm, '  ');

/** A commented experiment file: it runs as it is. */
export const templateOf = ({ kind, summary, template, initialisers }: ProblemKind): string => `# ${kind}: ${summary}
name: my-${kind}
problem:
${indented(template)}
particles:
  count: 20
  init: ${`${initialisers[0]}`.padEnd(36)}# ${initialisers.length > 1 ? initialisers.join(', ') : 'how they are drawn'}; or values: one row of numbers per particle
solver:
  kind: auto                                # the flow by the method that fits, kinks located; or inclusion, rodas4; gd, proximal-euler with step: η
  rtol: 1e-7
time:
  end: 1
  saveAt: [0, 0.1, 1]
# stop: { stationarity: 1e-6 }              # end once the velocity is this small
# budget: { steps: 100000, seconds: 60 }
# compare:
#   counts: [10, 100]                       # one run for each number of particles
#   stepsize: { methods: [gd, proximal-euler] }
seed: my-${kind}
`;

export function newCommand(name: string, flags: { output?: string }): number {
  const kind = problemKinds.find(k => k.kind === name);
  if (!kind)
    throw new Refusal(
      EXIT.usage,
      `no problem is called ${name}${meant(
        name,
        problemKinds.map(k => k.kind),
      )}`,
    );
  const text = templateOf(kind);
  if (flags.output === undefined) {
    print(text);
    return EXIT.ok;
  }
  if (entryAt(flags.output)) throw new Refusal(EXIT.io, `${flags.output} exists; choose another -o`);
  writeFile(flags.output, text);
  say(`${relative(process.cwd(), flags.output)} written; next: pgf run ${flags.output}`);
  return EXIT.ok;
}
