/** What an expression may name, and what a user may call his own. */

/** Functions and how many arguments they take. No prototype: a name is looked up with Object.hasOwn only. */
const ARITY: Readonly<Record<string, number>> = Object.assign(Object.create(null), {
  ...Object.fromEntries(
    [
      'abs',
      'atan',
      'cos',
      'cosh',
      'exp',
      'expm1',
      'log',
      'log1p',
      'relu',
      'sigmoid',
      'sign',
      'sin',
      'sinh',
      'softplus',
      'sqrt',
      'tan',
      'tanh',
    ].map(name => [name, 1]),
  ),
  max: 2,
  min: 2,
  pow: 2,
});

export const functionNames: readonly string[] = Object.keys(ARITY).sort();
export const arityOf = (name: string): number | undefined => (Object.hasOwn(ARITY, name) ? ARITY[name] : undefined);

/** Words of the parser that are no names. */
export const WORDS: ReadonlySet<string> = new Set(
  'mod to in and or xor not true false null undefined NaN Infinity end'.split(' '),
);
export const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
]);
/** `f` is the model's output in the loss, `n` the number of rows. */
const RESERVED: ReadonlySet<string> = new Set([...CONSTANTS.keys(), 'n', 'f']);
const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;

/** Why a coordinate, column or parameter may not have this name. */
export function nameFault(name: string): string | undefined {
  const shown = JSON.stringify(name.slice(0, 60));
  if (!IDENTIFIER.test(name))
    return `a name is a letter and at most 39 letters, digits and underscores, found ${shown}`;
  if (name in {} || name === 'prototype') return `${shown} is the name of a built-in property; take another name`;
  if (RESERVED.has(name) || WORDS.has(name) || arityOf(name) !== undefined)
    return `${shown} means something already; take another name than ${[...RESERVED, ...functionNames].join(', ')}`;
  return undefined;
}
