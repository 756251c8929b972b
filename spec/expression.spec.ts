/** Expressions: what is refused and how, and derivatives against differences and against another program. */
import * as fc from 'fast-check';
import { create, all as everything, type MathNode } from 'mathjs/number';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { treeOf } from '../problems/expression/check.js';
import { gradient } from '../problems/expression/derive.js';
import { BLOCK, evaluator } from '../problems/expression/evaluate.js';
import type { Id } from '../problems/expression/formula.js';
import { graph } from '../problems/expression/graph.js';
import { lowered } from '../problems/expression/lower.js';
import { functionNames } from '../problems/expression/names.js';
import { ExpressionError } from '../problems/expression/tokens.js';

const expressions = suite('expressions');
const NAMES = ['w', 'a', 'x1', 'y', 'lambda', 'n'];

const refusal = (text: string): ExpressionError | undefined => {
  try {
    treeOf(text, { names: NAMES });
    return undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
};

/** Text, column, what is said. */
const hostile: readonly (readonly [string, number, RegExp])[] = [
  ['import("fs")', 8, /character "\\""/],
  ['import({a:1})', 8, /character "\{"/],
  ['cos.constructor("return 1")()', 17, /character "\\""/],
  ['cos.constructor(1)', 4, /a point belongs inside a number/],
  ['{}.__proto__', 1, /character "\{"/],
  ['w.__proto__', 2, /a point/],
  ['__proto__', 1, /unknown name "__proto__"/],
  ['constructor', 1, /unknown name "constructor"/],
  ['constructor(1)', 1, /unknown function "constructor"/],
  ['toString', 1, /unknown name/],
  ['toString(w)', 1, /unknown function/],
  ['hasOwnProperty(w)', 1, /unknown function/],
  ['valueOf()', 1, /unknown function/],
  ['\\u0063onstructor', 1, /character "\\\\"/],
  ['`w`', 1, /character "`"/],
  ["w'", 2, /character "'"/],
  ['"w"', 1, /character/],
  ['w[1]', 2, /character "\["/],
  ['[1,2]', 1, /character/],
  ['{a: 1}', 1, /character/],
  ['ones(1e9)', 1, /unknown function "ones"; did you mean|unknown function "ones"/],
  ['zeros(1e5, 1e5)', 1, /unknown function/],
  ['1:1e9', 2, /: without \?/],
  ['w:x1', 2, /: without \?/],
  ['factorial(1e7)', 1, /unknown function/],
  ['combinations(1e9, 5e8)', 1, /unknown function/],
  ['170!', 4, /character "!"/],
  ['w%2', 2, /character "%"/],
  ['f(x) = f(x-1) + f(x-1)', 6, /=/],
  ['w = w + 1', 3, /nothing can be defined/],
  ['w == 1 ? 1 : 2', 3, /== is not allowed/],
  ['a=b=c', 2, /nothing can be defined/],
  ['w*'.repeat(5e5), 1001, /1000000 characters; at most 1000/],
  ['('.repeat(1e5), 1001, /characters/],
  ['('.repeat(400), 33, /more than 32 nested/],
  [`${'('.repeat(33)}w${')'.repeat(33)}`, 33, /more than 32 nested/],
  ['(w', 2, /1 \( without \)/],
  ['w)', 2, /closes nothing/],
  ['-'.repeat(600), 9, /more than 8 signs/],
  ['w - - - - - - - - - w', 19, /more than 8 signs/],
  [`${'w<1?'.repeat(200)}1${':1'.repeat(50)}`, 132, /more than 32 choices/],
  ['w^'.repeat(499).concat('w'), 127, /nested more than 64/],
  ['w+'.repeat(499).concat('w'), 1, /nested more than 64/],
  ['exp('.repeat(40), 132, /more than 32 nested/],
  ['', 1, /empty/],
  ['  \t ', 1, /empty/],
  ['xx', 1, /unknown name "xx"; did you mean x1\? \(allowed: w, a, x1, y, lambda, n, pi, e\)/],
  ['w*lamda', 3, /unknown name "lamda"; did you mean lambda\?/],
  ['exq(w)', 1, /unknown function "exq"; did you mean exp\?/],
  ['2x1', 2, /a sign is missing between "2" and "x1"/],
  ['2 w', 3, /a sign is missing/],
  ['(w)(a)', 4, /a sign is missing/],
  ['w a', 3, /a sign is missing/],
  ['w(a)', 1, /unknown function "w"/],
  ['x1;y', 3, /character ";"/],
  ['w\nw', 2, /character/],
  ['w, a', 2, /cannot be read/],
  ['exp(w, a)', 1, /exp takes 1 argument, found 2/],
  ['max(w)', 1, /max takes 2 arguments, found 1/],
  ['exp()', 1, /exp takes 1 argument, found 0/],
  ['a + exp', 5, /exp is a function; write exp\(/],
  ['ｗ', 1, /character "ｗ"/],
  ['λ*w', 1, /character "λ"/],
  ['w − a', 3, /character "−"/],
  ['w × a', 3, /character "×"/],
  ['w²', 2, /character "²"/],
  ['😀', 1, /character "😀"/],
  ['w\u0000', 2, /character/],
  ['1e999*w', 1, /finite number is wanted, found Infinity/],
  ['NaN', 1, /"NaN" is not allowed/],
  ['Infinity', 1, /"Infinity" is not allowed/],
  ['true', 1, /"true" is not allowed/],
  ['w mod a', 3, /"mod" is not allowed/],
  ['w to a', 3, /"to" is not allowed/],
  ['not w', 1, /"not" is not allowed/],
  ['w and a', 3, /"and" is not allowed/],
  ['w .* a', 3, /a point/],
  ['0x10*w', 2, /a sign is missing/],
  ['w < a', 1, /comparisons belong into a condition/],
  ['w*(a < 1)', 4, /comparisons belong into a condition/],
  ['w ? a : 1', 1, /a condition is one comparison/],
  ['0 < w < 1 ? a : 1', 1, /a condition is one comparison/],
  ['w < 1 ? a', 10, /cannot be read/],
  ['+w', 2, /\+ with 1 operand is not allowed/],
  ['w +', 4, /cannot be read/],
  ['* w', 1, /cannot be read/],
  ['()', 2, /cannot be read/],
  ['..', 1, /a point/],
  ['inverse(w)', 1, /unknown function/],
  ['m', 1, /unknown name "m"/],
  ['i*w', 1, /unknown name "i"/],
  ['evaluate(w)', 1, /unknown function/],
  ['parse(w)', 1, /unknown function/],
  ['createUnit(w)', 1, /unknown function/],
  ['random()', 1, /unknown function/],
  ['derivative(w, a)', 1, /unknown function/],
];

expressions('hostile and mistaken expressions are refused with their column and what is allowed', () => {
  assert.ok(hostile.length >= 60);
  for (const [text, column, message] of hostile) {
    const shown = JSON.stringify(text.slice(0, 40));
    const since = performance.now();
    const said = refusal(text);
    const took = performance.now() - since;
    assert.ok(said, `${shown} is not refused`);
    assert.match(said.message, message, shown);
    assert.is(said.column, column, `${shown}: ${said.message}`);
    assert.ok(said.message.length <= 400, shown);
    // The work is bounded by the length; the time is only a guard against something quadratic on a busy machine.
    assert.ok(took < 500, `${shown} took ${took} ms`);
  }
  assert.is(({} as { x?: unknown }).x, undefined);
  assert.is(Object.keys(Object.prototype).length, 0);
});

expressions('names of a file that is not read yet may be anything but a property of objects', () => {
  const scope = { names: ['w'], open: true };
  assert.ok(treeOf('w*height', scope));
  for (const text of ['w*toString', 'w*constructor', 'w*__proto__', 'height(w)'])
    assert.throws(() => treeOf(text, scope), /unknown/);
});

expressions('random text is refused or read, never anything else', () => {
  const pieces = fc.constantFrom(
    ...'wa1.+-*/^()<>=?:, '.split(''),
    'exp',
    'max',
    'x1',
    'mod',
    '__proto__',
    'end',
    '1e',
    'ω',
    '{',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), parts => {
      const said = refusal(parts.join(''));
      assert.ok(said === undefined || said.column >= 1);
    }),
    { numRuns: 2000, seed: 1 },
  );
});

/** A function of a and b at (a, b), with its gradient and second derivatives along a direction. */
function derivativesOf(text: string) {
  const g = graph();
  const ids = [0, 1].map(k => g.input(k));
  const names = new Map<string, Id>([
    ['a', ids[0]],
    ['b', ids[1]],
    ['x', g.column(0)],
  ]);
  const output = lowered({ graph: g, names, corners: [] }, treeOf(text, { names: [...names.keys()] }));
  const first = gradient(g, output, ids);
  const second = first.map(id => gradient(g, id, ids));
  const base = {
    graph: g,
    output,
    rows: 1,
    columns: [Float64Array.of(0.7)],
    kinks: [],
    slots: new Map(),
    fixed: new Map(),
  };
  const e = evaluator(base, [output, ...first, ...second.flat()], 2);
  return (a: number, b: number) => {
    e.inputs.set([a, b]);
    e.begin();
    e.block(0, 1);
    return e.outputs.map(o => o.values[0]);
  };
}

/** Formulae without kinks, at home for all a, b in [−1, 1]. */
const smooth = fc.letrec<{ node: string }>(tie => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', 'x', '2', '0.5', 'pi'),
    fc.tuple(tie('node'), fc.constantFrom('+', '-', '*'), tie('node')).map(([l, op, r]) => `(${l} ${op} ${r})`),
    fc.tuple(tie('node'), tie('node')).map(([l, r]) => `(${l})/(2 + sin(${r}))`),
    fc.tuple(fc.constantFrom('sin', 'cos', 'tanh', 'atan'), tie('node')).map(([f, x]) => `${f}(${x})`),
    tie('node').map(x => `exp(sin(${x}))`),
    tie('node').map(x => `log(2 + cos(${x}))`),
    tie('node').map(x => `sqrt(1 + (${x})^2)`),
    tie('node').map(x => `(2 + sin(${x}))^1.5`),
    fc.tuple(tie('node'), tie('node')).map(([l, r]) => `pow(2 + sin(${l}), cos(${r}))`),
    tie('node').map(x => `-(${x})`),
  ),
})).node;

const near = (a: number, b: number, tolerance: number) =>
  Math.abs(a - b) <= tolerance * (1 + Math.abs(a) + Math.abs(b));
const point = fc.double({ min: -1, max: 1, noNaN: true });

expressions('derivatives of random formulae are those of mathjs, and central differences', () => {
  const math = create(everything, {});
  let checked = 0;
  fc.assert(
    fc.property(smooth, point, point, (text, a, b) => {
      if (refusal(text.replaceAll('b', 'w').replaceAll('x', 'x1')) !== undefined && text.length > 200) return;
      const at = derivativesOf(text);
      const [value, da, db, daa, dab, dba, dbb] = at(a, b);
      if (!(Math.abs(value) < 1e6 && Math.abs(daa) + Math.abs(dbb) < 1e6)) return;
      const tree: MathNode = math.parse(text);
      const scope = { a, b, x: 0.7 };
      assert.ok(near(value, tree.evaluate(scope), 1e-12), `${text} at ${a}, ${b}`);
      for (const [name, ours] of [
        ['a', da],
        ['b', db],
      ] as const)
        assert.ok(
          near(ours, math.derivative(tree, name, { simplify: false }).evaluate(scope), 1e-9),
          `d/d${name} ${text}`,
        );
      const step = 1e-5;
      const [ahead, back] = [at(a + step, b), at(a - step, b)];
      assert.ok(near(da, (ahead[0] - back[0]) / (2 * step), 1e-5 * (1 + Math.abs(daa))), `difference of ${text}`);
      assert.ok(near(daa, (ahead[1] - back[1]) / (2 * step), 1e-4), `second difference of ${text}`);
      assert.ok(near(dab, (ahead[2] - back[2]) / (2 * step), 1e-4));
      assert.ok(near(dab, dba, 1e-9), 'second derivatives do not depend on the order');
      checked++;
    }),
    { numRuns: 300, seed: 7 },
  );
  assert.ok(checked > 200, `${checked} formulae`);
});

expressions('every function has the derivative of its own values', () => {
  for (const name of functionNames) {
    const two = ['max', 'min', 'pow'].includes(name);
    const at = derivativesOf(two ? `${name}(a, b)` : `${name}(a)`);
    for (const a of name === 'sign' ? [] : [0.3, 0.8, 1.7]) {
      const difference = (at(a + 1e-6, 0.6)[0] - at(a - 1e-6, 0.6)[0]) / 2e-6;
      assert.ok(near(at(a, 0.6)[1], difference, 1e-8), `${name} at ${a}`);
    }
  }
  assert.equal(derivativesOf('relu(a)')(0, 0).slice(0, 2), [0, 0], 'the off side at the kink');
  assert.is(derivativesOf('abs(a)')(0, 0)[1], 0);
});

expressions('a branch that is not taken leaves no trace, nor does an exponential that overflows', () => {
  assert.equal(derivativesOf('a > 0 ? log(a) : b')(-1, 2).slice(0, 3), [2, 0, 1]);
  assert.equal(derivativesOf('a > 0 ? sqrt(a) : b')(0, 2).slice(0, 3), [2, 0, 1]);
  const [value, da, db] = derivativesOf('b/(1 + exp(-a))')(-800, 1);
  assert.equal([value, da, db], [0, 0, 0]);
});

expressions('outside the domain of log neither the value nor the derivative is finite', () => {
  for (const text of ['log(a)', 'log1p(a - 1)', 'sqrt(a)', 'a^1.5'])
    assert.equal(derivativesOf(text)(-1, 0).slice(0, 2), [Number.NaN, Number.NaN], text);
});

expressions('comparisons', () => {
  const at = (text: string, a: number) => derivativesOf(text)(a, 0)[0];
  for (const a of [-1, 0, 1]) {
    assert.is(at('a < 0 ? 1 : 2', a), a < 0 ? 1 : 2);
    assert.is(at('a <= 0 ? 1 : 2', a), a <= 0 ? 1 : 2);
    assert.is(at('(a > 0) ? 1 : 2', a), a > 0 ? 1 : 2);
    assert.is(at('((a >= 0)) ? 1 : a < -0.5 ? 3 : 4', a), a >= 0 ? 1 : 3);
  }
});

expressions('equal parts are computed once', () => {
  const g = graph();
  const [a, b] = [g.input(0), g.input(1)];
  assert.is(g.add(a, b), g.add(b, a));
  assert.is(g.mul(g.apply('exp', a), b), g.mul(b, g.apply('exp', a)));
  const count = g.nodes.length;
  g.apply('exp', a);
  assert.is(g.nodes.length, count);
  assert.ok(BLOCK > 0);
});

expressions.run();
