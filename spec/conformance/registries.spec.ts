/** Every file of a registered folder has its export line; what is registered keeps its contract. */
import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from '../truth/reference.js';
import { solvers } from './registered.js';

const registries = suite('registries');

/** Folder of the registry and, inside it, the folders whose files it lists. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  solvers: ['.'],
  problems: ['.', 'features', 'fields', 'losses', 'penalties'],
};

for (const [room, folders] of Object.entries(rooms))
  registries(`${room}/index.ts has one export line for each of its files`, () => {
    const index = readFileSync(new URL(`${room}/index.ts`, packageRoot), 'utf8');
    for (const folder of folders) {
      const files = readdirSync(new URL(`${room}/${folder}/`, packageRoot)).filter(
        f => f.endsWith('.ts') && !f.endsWith('.d.ts'),
      );
      for (const file of files.filter(f => f !== 'index.ts')) {
        const from = `./${folder === '.' ? '' : `${folder}/`}${file.replace(/\.ts$/, '.js')}`;
        const lines = index
          .split('\n')
          .filter(line => line.startsWith('export {') && line.endsWith(` from '${from}';`));
        assert.is(
          lines.length,
          1,
          `${room}/index.ts must have exactly one line "export { … } from '${from}';", got ${lines.length}`,
        );
      }
    }
  });

registries('solvers have different names, each with a summary and an order that is positive or none', () => {
  assert.ok(solvers.length >= 5);
  assert.is(new Set(solvers.map(s => s.name)).size, solvers.length);
  for (const s of solvers) {
    assert.ok(s.summary.length > 10, s.name);
    assert.ok(s.order === null || s.order > 0, s.name);
    if (s.stepper) assert.ok(s.name.includes(s.stepper.name), s.name);
  }
});

registries.run();
