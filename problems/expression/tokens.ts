/** The first pass over an expression: what may be handed to a parser at all, and where each name and number stands. */
import { WORDS } from './names.js';

/** Something wrong in an expression; columns count from 1. */
export class ExpressionError extends Error {
  constructor(
    readonly column: number,
    message: string,
  ) {
    super(message);
  }
}

const LIMITS = { length: 1000, nesting: 32, signs: 8, choices: 32 } as const;
const ALLOWED = /[A-Za-z0-9_.+\-*/^()<>=?:, \t]/;
const PIECE =
  /(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<sign><=|>=|[+\-*/^()<>?:,])/y;

export interface Token {
  readonly kind: 'number' | 'name' | 'sign';
  readonly text: string;
  readonly column: number;
}

const fail = (column: number, message: string): never => {
  throw new ExpressionError(column, message);
};

const shown = (text: string) => JSON.stringify(text.length > 20 ? `${text.slice(0, 20)}…` : text);

/** Length and characters, before anything else looks at the text. */
function checkCharacters(text: string): void {
  if (text.length > LIMITS.length)
    fail(LIMITS.length + 1, `${text.length} characters; at most ${LIMITS.length} are allowed`);
  if (text.trim() === '') fail(1, 'the expression is empty; a formula such as "w*x1" is wanted');
  for (let i = 0; i < text.length; i++)
    if (!ALLOWED.test(text[i]))
      fail(
        i + 1,
        `the character ${shown(String.fromCodePoint(text.codePointAt(i) ?? 0))} is not allowed; allowed are A-Z a-z 0-9 _ . + - * / ^ ( ) < > = ? : , and blanks`,
      );
}

/** Nesting, runs of signs and choices: what makes a recursive parser deep. */
function checkShape(text: string): void {
  let [depth, signs, choices] = [0, 0, 0];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '(') depth++;
    if (c === ')') depth--;
    if (c === '?') choices++;
    if (c === '+' || c === '-') signs++;
    else if (c !== ' ' && c !== '\t') signs = 0;
    if (depth < 0) fail(i + 1, 'this ) closes nothing');
    if (depth > LIMITS.nesting) fail(i + 1, `more than ${LIMITS.nesting} nested parentheses`);
    if (signs > LIMITS.signs) fail(i + 1, `more than ${LIMITS.signs} signs + and - in a row`);
    if (choices > LIMITS.choices) fail(i + 1, `more than ${LIMITS.choices} choices (condition ? a : b)`);
  }
  if (depth > 0) fail(text.length, `${depth} ( without )`);
}

function unreadable(text: string, at: number): never {
  const rest = text.slice(at);
  if (rest.startsWith('==')) fail(at + 1, '== is not allowed; comparisons are < <= > >=');
  if (rest[0] === '=') fail(at + 1, 'nothing can be defined or assigned (=); an expression is one formula');
  return fail(at + 1, 'a point belongs inside a number, as in 0.5');
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === ' ' || text[at] === '\t') {
      at++;
      continue;
    }
    PIECE.lastIndex = at;
    const groups = PIECE.exec(text)?.groups ?? unreadable(text, at);
    const kind = groups.number !== undefined ? 'number' : groups.name !== undefined ? 'name' : 'sign';
    const piece = groups.number ?? groups.name ?? groups.sign;
    tokens.push({ kind, text: piece, column: at + 1 });
    at += piece.length;
  }
  return tokens;
}

const isOperand = ({ kind, text }: Token) => kind !== 'sign' || text === ')';

/** No product without a sign, no words of the parser, no : without ?. */
function checkNeighbours(tokens: readonly Token[]): void {
  let open = 0;
  for (const [i, token] of tokens.entries()) {
    const { kind, text, column } = token;
    const before = tokens[i - 1] as Token | undefined;
    if (kind === 'name' && WORDS.has(text)) fail(column, `${shown(text)} is not allowed in an expression`);
    const call = text === '(' && before?.kind === 'name';
    if (before && isOperand(before) && (kind !== 'sign' || text === '(') && !call)
      fail(column, `a sign is missing between ${shown(before.text)} and ${shown(text)}; a product is written with *`);
    if (text === '?') open++;
    if (text === ':' && --open < 0) fail(column, ': without ? (ranges are not allowed)');
  }
}

/** The pieces of a text that a parser may see. */
export function scanned(text: string): Token[] {
  checkCharacters(text);
  checkShape(text);
  const tokens = tokensOf(text);
  checkNeighbours(tokens);
  return tokens;
}
