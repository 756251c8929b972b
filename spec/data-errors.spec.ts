/**
 * Wrong data and hostile text, as the command meets them: each is refused with its place, what was found and what is allowed. The
 * numbers are those of a list of inputs that broke other tools.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readInput } from '../src/cli/input.js';
import { runExperiment, settingOf } from '../src/run.js';
import { at, custom, formula, lowRank, of, refusal, sample, spikes, words } from './refused.js';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

type Row = readonly [item: string, text: string, says: RegExp];
/** file:line:column in front of the message. */
const PLACED = /^my\.yaml:\d+:\d+: /;

const inline: readonly Row[] = [
  [
    '1 NaN in X',
    sample('{ X: [[1], [.nan]], y: [1, 2] }'),
    /my\.yaml:3:\d+: problem\.data\.X\[1\]\[0\]: a finite.*found NaN/,
  ],
  ['1 "NaN" in y', sample('{ X: [[1], [2]], y: [1, "NaN"] }'), /data\.y\[1\]: a finite.*found "NaN"/],
  ['1 null in X', sample('{ X: [[1], [null]], y: [1, 2] }'), /X\[1\]\[0\]: a finite.*found null/],
  ['1 null in a column', custom('{ columns: { x1: [1, null], y: [1, 2] } }'), /columns\.x1\[1\]: a finite.*found null/],
  ['1 NaN in a matrix', lowRank('[[1, .nan], [0, 1]]'), /matrix\[0\]\[1\]: a finite.*found NaN/],
  ['2 infinity', sample('{ X: [[1], [-.inf]], y: [1, 2] }'), /X\[1\]\[0\].*found -Infinity/],
  ['2 1e999', sample('{ X: [[1], [2]], y: [1, 1e999] }'), /y\[1\].*found Infinity/],
  ['2 1e999 in a spike', spikes('{ spikes: [[1e999, 0]] }'), /spikes\[0\]\[0\].*found Infinity/],
  ['3 y shorter', sample('{ X: [[1], [2]], y: [1] }'), /X has 2 rows, y has 1 numbers/],
  ['3 y longer', custom('{ X: [[1], [2]], y: [1, 2, 3] }'), /X has 2 rows, y has 3 numbers/],
  ['3 columns', custom('{ columns: { x1: [1, 2], y: [1] } }'), /columns\.y: 2 numbers.*as in x1, found 1/],
  ['4 ragged X', sample('{ X: [[1, 2], [1, 2], [3]], y: [1, 2, 3] }'), /X\[2\]: 2 numbers.*found 1/],
  ['4 ragged custom', custom('{ X: [[1, 2], [3]], y: [1, 2] }'), /X\[1\]: 2 numbers.*found 1/],
  ['4 ragged matrix', lowRank('[[1, 2], [2]]'), /matrix\[1\]: a square matrix of 2 rows.*found 1/],
  ['5 no rows', sample('{ X: [], y: [] }'), /X: must have at least 1 entries/],
  ['5 empty column', custom('{ columns: { x1: [], y: [] } }'), /x1: must have at least 1/],
  ['5 no columns', custom('{ columns: {} }'), /at least one column/],
  ['5 empty matrix', lowRank('[]'), /matrix: must have at least 1/],
  ['5 no data', of('kind: sigmoid-network'), /problem: must have data, or population/],
  ['5 empty data', sample('{}'), /must have X and y, or file and target, or teacher and count/],
  ['8 no inputs', sample('{ X: [[]], y: [1] }'), /X\[0\]: must have at least 1/],
  [
    '8 no coordinates',
    of('kind: custom\nparticle: []\nfeature: w\nloss: f\ndata: { X: [[1]], y: [1] }'),
    /particle: must have at least 1/,
  ],
  [
    '8 bias alone',
    of('kind: relu-network\nbias: true\ndata: { teacher: { weights: [1], directions: [[1]] }, count: 3 }'),
    /at least 2 numbers/,
  ],
  ['9 lambda', sample('{ X: [[1]], y: [1] }', 'lambda: 0'), /lambda: must be > 0, found 0/],
  ['9 beta', sample('{ X: [[1]], y: [1] }', 'penalty: { kind: squared, beta: -1 }'), /beta: must be ≥ 0, found -1/],
  ['9 delta', sample('{ X: [[1]], y: [1] }', 'loss: { kind: huber, delta: 0 }'), /delta: must be > 0, found 0/],
  [
    '9 an unknown penalty',
    sample('{ X: [[1]], y: [1] }', 'penalty: { kind: l2, beta: 1 }'),
    /penalty\.kind: found "l2" \(allowed: abs-weight, squared, abs-product, abs-weighted\)/,
  ],
  [
    '9 a negative factor of abs',
    custom('{ X: [[1]], y: [1] }', 'feature: w*x1\nloss: (f - y)^2\npenalty: "-abs(w)"'),
    /factor of abs must be ≥ 0/,
  ],
  [
    'labels 0 and 1',
    sample('{ X: [[1], [2]], y: [0, 1] }', 'loss: { kind: logistic }'),
    /data\.y\[0\]: the logistic loss takes labels 1 and -1, found 0; .*2y − 1/,
  ],
  ['dimension 4', spikes('{ spikes: [[1, 0]] }', 'lambda: 1\ndimension: 4'), /dimension: must be 1 or 2 or 3, found 4/],
  ['24', sample('{ X: [[1]], y: [1] }', 'lamda: 1'), /problem\.lamda: unknown key; did you mean lambda\?/],
  ['25 doubled key', sample('{ X: [[1]], y: [1], y: [2] }'), /unique/],
  ['25 doubled column', custom('{ columns: { x1: [1], x1: [2] } }'), /unique/],
  ['26 column __proto__', custom('{ columns: { __proto__: [1] } }'), /__proto__.*not allowed/],
  ['26 column toString', custom('{ columns: { toString: [1] } }'), /columns\.toString: .*built-in/],
  [
    '26 parameter hasOwnProperty',
    custom('{ X: [[1]], y: [1] }', 'feature: w\nloss: f\nparameters: { hasOwnProperty: 1 }'),
    /built-in/,
  ],
  [
    '26 parameter constructor',
    custom('{ X: [[1]], y: [1] }', 'feature: w\nloss: f\nparameters: { constructor: 1 }'),
    /constructor.*not allowed/,
  ],
  [
    '26 coordinate',
    of('kind: custom\nparticle: [valueOf]\nfeature: x1\nloss: f\ndata: { X: [[1]], y: [1] }'),
    /particle\[0\]: .*built-in/,
  ],
  ['26 name', sample('{ X: [[1]], y: [1] }').concat('name: toString\n'), /name: .*built-in/],
  ['26 kind', of('kind: constructor'), /found "constructor"/],
  [
    '30 cyclic parameters',
    custom('{ X: [[1]], y: [1] }', 'feature: w\nloss: f\nparameters: { a1: b1 + 1, b1: a1 }'),
    /parameters\.a1: a finite number is wanted, found "b1 \+ 1"/,
  ],
  ['30 alias cycle', 'problem: &p { kind: low-rank, matrix: *p }\n', /aliases/],
  ['30 billion laughs', 'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n', /aliases/],
  ['31 empty axis', sample('{ X: [[1]], y: [1] }').concat('compare: { counts: [] }\n'), /counts: must have at least 1/],
  [
    '31 a grid of 1e12',
    custom('{ grid: { x1: { from: 0, to: 1, count: 1000000 }, x2: { from: 0, to: 1, count: 1000000 } } }'),
    /1000000000000 points; at most 1000000/,
  ],
  ['31 an axis of no point', custom('{ grid: { x1: { from: 0, to: 1, count: 0 } } }'), /count: must be ≥ 1/],
  ['31 an axis backwards', custom('{ grid: { x1: { from: 1, to: 0, count: 4 } } }'), /from < to/],
  ['32 extends', sample('{ X: [[1]], y: [1] }').concat('extends: my.yaml\n'), /extends: unknown key/],
];

/** 6 and 7: how many particles, and how many numbers with the data. */
const counts: readonly (readonly [set: string, says: RegExp])[] = [
  ['particles.count=0', /≥ 1, found 0/],
  ['particles.count=-1', /≥ 1, found -1/],
  ['particles.count=1.5', /whole number, found 1\.5/],
  ['particles.count="10"', /finite number.*found "10"/],
  ['particles.count=1e9', /GiB would be needed/],
  ['particles.count=9007199254740993', /≤ 2147483648/],
  ['particles={}', /must have count, or values/],
  ['problem.data={teacher: {weights: [1], directions: [[1, 2, 3]]}, count: 1000000000}', /≤ 1000000/],
];

const expressions: readonly (readonly [item: string, feature: string, says: RegExp])[] = [
  ['27', 'import("fs")', /character "\\""/],
  ['27', 'cos.constructor("return process")()', /not allowed/],
  ['27', '{}.__proto__', /character "{"/],
  ['27', '\\u0063onstructor', /character "\\\\"/],
  ['27', '`w`', /character "`"/],
  ['27', 'w.constructor', /point belongs inside a number/],
  ['27', 'constructor*w', /unknown name "constructor"/],
  ['27', '__proto__*w', /unknown name/],
  ['28', 'ones(1e9)', /unknown function "ones"/],
  ['28', '1:1e9', /ranges are not allowed/],
  ['28', 'factorial(1e7)', /unknown function "factorial"/],
  ['28', '170!', /character "!"/],
  ['28', 'f(x) = f(x - 1)', /nothing can be defined/],
  ['28', 'a*'.repeat(500_000), /at most 1000/],
  ['28', '('.repeat(100_000), /at most 1000/],
  // Within the longest word, beyond the longest formula.
  ['28', 'a*'.repeat(2000), /at most 1000/],
  ['28', '('.repeat(500), /nested parentheses/],
  ['29', 'w*z', /column 3: unknown name "z"/],
  ['29', '2w', /sign is missing between "2" and "w"/],
  ['29', 'w;a', /character ";"/],
  ['29', '', /empty/],
  ['29', '   ', /empty/],
  ['29', 'exp(w, a)', /exp takes 1 argument, found 2/],
  ['29', 'max(w)', /max takes 2 arguments, found 1/],
  ['29', 'ｗ', /character "ｗ"/],
  ['29', 'w*θ', /column 3: the character "θ"/],
  ['29', 'w*', /cannot be read/],
  ['29', 'if(w, 1, 2)', /unknown function "if"/],
  ['30', 'w = w + 1', /nothing can be defined/],
  ['29', 'x1', /depends on no coordinate/],
];

/** 33: [what, text, what is said for columns x1 and y]. */
const tables: readonly (readonly [what: string, text: string | Buffer, says: RegExp])[] = [
  ['1 nan', 'x1,y\n1,2\nnan,3\n', /bad\.csv:3:1: a finite number is wanted, found "nan"/],
  ['2 1e999', 'x1,y\n1,2\n1e999,3\n', /bad\.csv:3:1: .*"1e999"/],
  ['4 ragged', 'x1,y\n1,2\n3\n', /bad\.csv:3:1: 2 cells are wanted as in the header, found 1/],
  ['5 empty', '', /bad\.csv:1:1: the file is empty/],
  ['5 blank', '\uFEFF\r\n  \r\n', /bad\.csv:1:1: the file is empty/],
  ['5 header only', 'x1,y\n', /bad\.csv:2:1: no data after the header/],
  ['25 doubled column', 'x1,x1,y\n1,2,3\n', /bad\.csv:1:2: column "x1" is there twice/],
  ['decimal comma', 'x1;y\n1,5;2\n', /bad\.csv:2:1: .*"1,5"; decimals are written with a point/],
  ['underscore', 'x1,y\n1_0,2\n', /bad\.csv:2:1: .*"1_0"/],
  ['hexadecimal', 'x1,y\n0x10,2\n', /bad\.csv:2:1: .*"0x10"/],
  ['an empty cell', 'x1,y\n1,\n', /bad\.csv:2:2: .*found ""/],
  ['a trailing comma in the data', 'x1,y\n1,2,\n', /bad\.csv:2:1: 2 cells .* found 3/],
  ['no header', '1,2\n3,4\n', /bad\.csv:1:1: the first line must name the columns/],
  ['UTF-16', Buffer.from('\uFEFFx1,y\n1,2\n', 'utf16le'), /not UTF-8 text/],
  ['NUL', 'x1,y\n1,\u00002\n', /NUL bytes/],
  ['an open quote', 'x1,y\n"1,2\n', /bad\.csv:2:1: /],
];

const readable: readonly string[] = [
  '\uFEFFx1,y\r\n1,2\r\n3,4\r\n',
  'x1,y\r1,2\r3,4',
  'x1;y\n1;2\n3;4\n',
  'x1\ty\n 1 \t2\n3\t4\n',
  '"x1","y"\n"1","2"\n\n"3","4"\n\n',
];

const errors = suite('data errors');

for (const [item, text, says] of inline)
  errors(`item ${item}`, () => {
    const message = words(() => refusal(text));
    assert.match(message, says);
    assert.match(message, PLACED);
  });

errors('items 6 and 7: how many particles and rows', () => {
  for (const [set, says] of counts) {
    const message = words(() => refusal(sample('{ X: [[1]], y: [1] }'), [set]));
    assert.match(message, says);
    assert.match(message, /^(--set|my\.yaml:\d+:\d+)/);
  }
});

errors('item 7: particles times rows that fit no memory are refused before they are asked for', () => {
  const rows = Array.from({ length: 20_000 }, (_, k) => `${k % 7},${k % 5}`).join('\n');
  writeFileSync(at('long.csv'), `x1,y\n${rows}\n`);
  const net = of('kind: relu-network\ndata: { file: long.csv, target: y }');
  assert.match(
    words(() => refusal(net, ['particles.count=1000000'])),
    /my\.yaml:\d+:\d+: particles: about .* GiB would be needed, 1000000 particles with 20000 kinks each; at most 8/,
  );
  const big = `{ teacher: { weights: [1], directions: [[${'1,'.repeat(200)}]] }, count: 1000000 }`;
  assert.match(
    words(() => refusal(sample(big))),
    /200000000 inputs; at most 20000000/,
  );
});

errors('memory: kinks count where they are located, and the limit is that of the machine or of PGF_MEMORY', () => {
  writeFileSync(
    at('my.yaml'),
    of('kind: relu-network\ndata: { teacher: { weights: [1], directions: [[1, 2]] }, count: 10000 }'),
  );
  const setting = (set: string[], memory: number) => {
    const { experiment, sources } = readInput(at('my.yaml'), { set: ['particles.count=1000000', ...set] });
    return settingOf(experiment, { ...sources, memory });
  };
  const GIB = 2 ** 30;
  assert.is(setting(['solver={kind: gd, step: 0.1}'], 4 * GIB).problem.dim, 3);
  assert.throws(
    () => setting(['solver={kind: gd, step: 0.1}'], GIB),
    /about 2\.\d GiB would be needed; at most 1 are allowed/,
  );
  assert.throws(
    () => setting(['solver={kind: inclusion}'], 4 * GIB),
    /10000 kinks each; at most 4.*a method that steps over kinks: gd/,
  );
  const run = (memory: string) =>
    spawnSync(process.execPath, [MAIN, 'run', at('my.yaml'), '--out', at('none')], {
      encoding: 'utf8',
      env: { ...process.env, PGF_MEMORY: memory },
    });
  for (const [memory, says] of [
    ['0.0001', /at most 0\.0001 are allowed/],
    ['much', /PGF_MEMORY must be a number of GiB > 0, found much/],
  ] as const) {
    const { status, stderr } = run(memory);
    assert.is(status, 2);
    assert.match(stderr, says);
    assert.not(existsSync(at('none')));
  }
});

errors('items 27 to 30: hostile and wrong expressions', () => {
  for (const [item, feature, says] of expressions) {
    const message = words(() => refusal(formula(feature)));
    assert.match(message, says, `${item}: ${feature.slice(0, 30)}: ${message.slice(0, 200)}`);
    assert.match(message, /^my\.yaml:4:\d+: (problem\.feature: column \d+: |a word of )/, message.slice(0, 200));
  }
  assert.is(({} as Record<string, unknown>).x, undefined);
});

errors('item 26: no prototype was touched', () => {
  for (const key of ['__proto__.x', 'constructor.prototype.x', 'problem.__proto__.x'])
    assert.match(
      words(() => refusal(sample('{ X: [[1]], y: [1] }'), [`${key}=1`])),
      /is not a path of keys/,
    );
  assert.is(({} as Record<string, unknown>).x, undefined);
});

const kinds: readonly (readonly [kind: string, text: string])[] = [
  ['network', sample('{ file: bad.csv, target: y }')],
  ['custom', custom('{ file: bad.csv }')],
];

for (const [kind, text] of kinds)
  errors(`items 1 to 5 and 33: a CSV of a ${kind}`, () => {
    for (const [what, table, says] of tables) {
      writeFileSync(at('bad.csv'), table);
      const message = words(() => refusal(text));
      assert.match(message, says, what);
      assert.match(message, /^my\.yaml:\d+:\d+: problem\.data\.file: /, what);
    }
  });

errors('items 1 to 5 and 33: a CSV of samples', () => {
  for (const [what, table, says] of tables) {
    if (what === 'no header') continue;
    writeFileSync(at('bad.csv'), typeof table === 'string' ? table.replaceAll('x1', 'x') : table);
    const message = words(() => refusal(spikes('{ samples: bad.csv }')));
    assert.match(message, new RegExp(says.source.replaceAll('x1', 'x')), what);
    assert.match(message, /^my\.yaml:\d+:\d+: problem\.observation\.samples: /, what);
  }
});

errors('item 33: what other programs write is read right', () => {
  for (const table of readable) {
    writeFileSync(at('good.csv'), table);
    const input = (text: string) => {
      writeFileSync(at('my.yaml'), text);
      return readInput(at('my.yaml'));
    };
    for (const text of [sample('{ file: good.csv, target: y }'), custom('{ file: good.csv }')]) {
      const { experiment, sources } = input(text);
      const { data } = settingOf(experiment, sources).frozen.problem as unknown as {
        data: { X?: number[][]; y?: number[]; columns?: Record<string, number[]> };
      };
      assert.equal(data.columns ?? { x1: data.X?.map(r => r[0]), y: data.y }, { x1: [1, 3], y: [2, 4] }, table);
    }
  }
});

errors('columns that are not there, and names that are none', () => {
  writeFileSync(at('bad.csv'), 'x1,toString,y\n1,2,3\n');
  assert.match(
    words(() => refusal(custom('{ file: bad.csv }'))),
    /built-in/,
  );
  assert.match(
    words(() => refusal(sample('{ file: bad.csv, target: z }'))),
    /no column "z" in bad\.csv; there are x1, toString, y/,
  );
  assert.match(
    words(() => refusal(sample('{ file: bad.csv, target: __proto__ }'))),
    /no column/,
  );
  writeFileSync(at('bad.csv'), 'x1,b c,y\n1,2,3\n');
  assert.match(
    words(() => refusal(custom('{ file: bad.csv }'))),
    /a name is a letter/,
  );
  writeFileSync(at('bad.csv'), 'x1,y\n1,0\n2,1\n');
  assert.match(
    words(() => refusal(sample('{ file: bad.csv, target: y }', 'loss: { kind: logistic }'))),
    /labels 1 and -1, found 0/,
  );
});

errors('item 34: files that are none', () => {
  mkdirSync(at('folder'));
  symlinkSync(at('nowhere'), at('dangling.csv'));
  writeFileSync(at('huge.csv'), 'x1,y\n1,2\n');
  truncateSync(at('huge.csv'), 65 * 2 ** 20);
  spawnSync('mkfifo', [at('fifo')]);
  for (const [file, says] of [
    ['missing.csv', /missing\.csv does not exist/],
    ['dangling.csv', /dangling\.csv does not exist/],
    ['folder', /folder is a directory/],
    ['fifo', /fifo is not a regular file/],
    ['huge.csv', /huge\.csv has 68157440 bytes; at most 67108864/],
    ['my.yaml/x.csv', /lies below something that is not a directory/],
  ] as const)
    for (const text of [
      sample(`{ file: ${file}, target: y }`),
      custom(`{ file: ${file} }`),
      spikes(`{ samples: ${file} }`),
    ]) {
      const message = words(() => refusal(text));
      assert.match(message, says);
      assert.match(message, PLACED);
    }
});

errors('items 9 and 10: odd but right data run', async () => {
  for (const text of [
    sample('{ X: [[1, 2], [1, 2], [1, 2]], y: [3, 3, 3] }', 'penalty: { kind: abs-weight, beta: 0 }'),
    sample('{ X: [[0], [0]], y: [0, 0] }', 'bias: true'),
    custom('{ columns: { x1: [1, 1], y: [2, 2] } }', 'feature: w*x1*exp(-a^2)\nloss: (f - y)^2/2\npenalty: 0*abs(w)'),
    lowRank('[[0, 0], [0, 0]]'),
    of('kind: relu-network\ndata: { file: same.csv, target: y, standardise: true }'),
  ]) {
    writeFileSync(at('same.csv'), 'x1,x2,y\n1,5,2\n1,6,2\n1,6,2\n');
    writeFileSync(at('my.yaml'), text);
    const { experiment, sources } = readInput(at('my.yaml'));
    const r = await runExperiment(experiment, { sources });
    assert.ok(r.outcome.ok && Number.isFinite(r.certificate.primal), r.outcome.message);
  }
});

errors.run();
