/** Who may import whom, read from the import lines of the sources. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from './truth/reference.js';

const rules = suite('import rules');
const root = fileURLToPath(packageRoot);

const MAX_LINES = 400;

/** Rooms by the files they hold; the first that matches. */
const rooms: readonly (readonly [room: string, files: RegExp])[] = [
  [
    'types',
    /^src\/(types|contracts|branches|method|values|results|figure-results|work-results|method-results|limit-results)\.ts$/,
  ],
  // The experiment file: its solvers and problems are those of the registries.
  ['schema', /^src\/spec\.ts$/],
  ['outcome', /^src\/outcome\.ts$/],
  ['math', /^src\/math\//],
  ['kernels', /^src\/kernels\//],
  [
    'loop',
    /^src\/(combination|control|crossing|dense|drive|euler-steps|extrapolation|jacobian|loop|locate|checkpoint|iterate|minimising-movement|momentum|stochastic|rosenbrock|relaxation|runge-kutta|power-iteration|segment|safety-net|states|soft-events|choosing)\.ts$/,
  ],
  ['particles', /^src\/particles\.ts$/],
  ['flow', /^src\/(active-set|batches|flow|inclusion|kinks|linearise|sliding|steady|trajectory|woodbury)\.ts$/],
  ['diagnostics', /^src\/diagnostics\//],
  ['measure', /^src\/measure\//],
  ['report', /^src\/report\//],
  ['sweep', /^src\/sweep\//],
  ['figure', /^src\/figure\//],
  ['cli', /^src\/(cli|lab)\//],
  ['public', /^src\/index\.ts$/],
  // run.ts and what stands around it: the only files that see every registry.
  ['run', /^src\/[^/]+\.ts$/],
  ['solvers', /^solvers\//],
  ['problems', /^problems\//],
];

const base = ['types', 'outcome', 'math', 'kernels'];
const middle = [...base, 'schema', 'loop', 'particles', 'flow', 'diagnostics', 'measure', 'solvers', 'problems'];
/** Which rooms a room may import, besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  types: ['schema'],
  schema: ['types', 'problems', 'solvers'],
  outcome: ['types'],
  math: ['types'],
  kernels: ['types', 'outcome', 'math'],
  loop: base,
  particles: base,
  flow: [...base, 'loop', 'particles'],
  problems: ['types', 'math', 'kernels'],
  solvers: ['types', 'outcome', 'math', 'loop'],
  diagnostics: ['types', 'math', 'kernels', 'particles'],
  measure: ['types', 'math', 'kernels', 'particles', 'flow', 'diagnostics'],
  report: ['types', 'schema', 'outcome', 'math', 'particles'],
  run: middle,
  sweep: [...middle, 'run'],
  figure: [...middle, 'run'],
  cli: [...middle, 'run', 'sweep', 'figure', 'report'],
  public: [...middle, 'run', 'report'],
};

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const importLine =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

const sources: readonly Source[] = ['src', 'solvers', 'problems'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    // AssemblyScript is another language, and only its own files import it.
    .filter(f => f.endsWith('.ts') && !f.includes('assembly'))
    .map(f => {
      const path = join(folder, f);
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text, imports: [...text.matchAll(importLine)].map(m => m[1] ?? m[2]) };
    }),
);

const roomOf = (path: string): string | undefined => rooms.find(([, files]) => files.test(path))?.[0];
/** The source file behind a relative import. */
const target = (from: string, to: string) => normalize(join(dirname(from), to)).replace(/\.js$/, '.ts');
const isOurs = (name: string) => name.startsWith('.');

rules('every source has a room', () => {
  assert.ok(sources.length > 25);
  for (const { path } of sources) assert.ok(roomOf(path), `${path}: give it a room in spec/import-rules.spec.ts`);
});

rules('imports lead to files that exist', () => {
  const known = new Set(sources.map(s => s.path.replace(/\.d\.ts$/, '.ts')));
  for (const { path, imports } of sources)
    for (const name of imports.filter(isOurs))
      if (!name.endsWith('.json')) assert.ok(known.has(target(path, name)), `${path} imports ${name}`);
});

rules('rooms import only the rooms below them', () => {
  const broken = sources.flatMap(({ path, imports }) =>
    imports.filter(isOurs).flatMap(name => {
      const [from, to] = [roomOf(path) ?? '', roomOf(target(path, name)) ?? ''];
      return from === to || allowed[from]?.includes(to) ? [] : [`${path} (${from}) imports ${name} (${to})`];
    }),
  );
  assert.equal(broken, []);
});

rules('node:* stays in cli and sweep', () => {
  const broken = sources
    .filter(({ path }) => !['cli', 'sweep'].includes(roomOf(path) ?? ''))
    .flatMap(({ path, imports }) => imports.filter(x => x.startsWith('node:')).map(x => `${path} imports ${x}`));
  assert.equal(broken, []);
});

rules('no cycle', () => {
  const edges = new Map(sources.map(s => [s.path, s.imports.filter(isOurs).map(name => target(s.path, name))]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    assert.not(trail.includes(path), `cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' → ')}`);
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
});

rules('no default export, no Math.random', () => {
  for (const { path, text } of sources) {
    assert.not(/^export default\b|\bas default\b/m.test(text), path);
    assert.not(/\bMath\.random\(/.test(text), path);
  }
});

rules(`no file is longer than ${MAX_LINES} lines`, () => {
  for (const { path, text } of sources) assert.ok(text.split('\n').length <= MAX_LINES + 1, path);
});

rules('the rules can fail: what they look for is found in a line that breaks them', () => {
  const found = (text: string) => [...text.matchAll(importLine)].map(m => m[1] ?? m[2]);
  assert.equal(found("import { a } from './a.js';\nimport type {\n  B,\n} from \"./b.js\";\nexport * from './c.js';"), [
    './a.js',
    './b.js',
    './c.js',
  ]);
  assert.equal(found("import 'node:fs';\nconst x = await import('./d.js');"), ['node:fs', './d.js']);
});

rules.run();
