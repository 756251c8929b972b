import { z } from 'zod';
import * as presets from '../../problems/presets/index.js';
import { auditSchema, benchSchema, escapeSchema, figureSchema, limitSchema, methodsSchema } from '../documents.js';
import { meant } from '../math/nearest.js';
import { toJson } from '../report/json.js';
import { registry } from '../run.js';
import { experimentSchema } from '../spec.js';
import { runSchema, stepsizeSchema, studySchema } from '../stored.js';
import { EXIT, Refusal } from './exit.js';
import { print } from './session.js';

function table(title: string, rows: readonly { name: string; summary: string }[]): string {
  const width = Math.max(...rows.map(r => r.name.length));
  return [title, ...rows.map(r => `  ${r.name.padEnd(width)}  ${r.summary}`)].join('\n');
}

const presetRows = () => Object.values(presets).map(p => ({ name: p.name, summary: p.title }));

export function listCommand(flags: { json?: boolean }): number {
  const groups = { problems: registry.problems(), solvers: registry.solvers(), presets: presetRows() };
  const plain = groups.solvers.map(({ name, summary, order, fixedStep }) => ({ name, summary, order, fixedStep }));
  if (flags.json) print(toJson({ ...groups, solvers: plain }));
  else
    print(
      [
        table('problems', groups.problems),
        table('solvers', plain),
        table('presets (pgf run NAME)', groups.presets),
      ].join('\n\n'),
    );
  return EXIT.ok;
}

export function presetsCommand(flags: { json?: boolean }): number {
  print(flags.json ? toJson(Object.values(presets)) : table('presets (pgf run NAME)', presetRows()));
  return EXIT.ok;
}

const SCHEMAS = {
  experiment: experimentSchema,
  run: runSchema,
  study: studySchema,
  stepsize: stepsizeSchema,
  methods: methodsSchema,
  limit: limitSchema,
  figure: figureSchema,
  audit: auditSchema,
  escape: escapeSchema,
  bench: benchSchema,
} as const;
export const documents = Object.keys(SCHEMAS);

/** The contracts of the JSON documents, as written (numbers that are not finite are words). */
export function schemaCommand(document: string): number {
  if (!Object.hasOwn(SCHEMAS, document))
    throw new Refusal(EXIT.usage, `no document is called ${document}${meant(document, documents)}`);
  print(toJson(z.toJSONSchema(SCHEMAS[document as keyof typeof SCHEMAS], { io: 'input' }), 2));
  return EXIT.ok;
}
