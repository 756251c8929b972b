/**
 * Text → plain values, YAML 1.2 (so JSON too), with the place of every key. The text is hostile until it has been through here:
 * size and nesting are bounded before the parser sees it, aliases, tags, doubled keys and names of the prototype are refused.
 */
import { isCollection, isMap, isScalar, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';

export type Path = readonly (string | number)[];

/** One thing wrong with an experiment: where, what was found, what is allowed. */
export interface Fault {
  readonly path: Path;
  readonly message: string;
  /** `line:column`, or the flag that set it. */
  readonly place?: string;
}

/** The experiment is refused; nothing has been computed. */
export class InvalidExperiment extends Error {
  constructor(
    readonly faults: readonly Fault[],
    /** The file, flag or preset it came from. */
    readonly source = '',
  ) {
    super(faults.map(f => faultText(f, source)).join('\n'));
  }
}

const dotted = (path: Path) =>
  path.reduce<string>((s, p) => s + (typeof p === 'number' ? `[${p}]` : s === '' ? p : `.${p}`), '');

export function faultText({ path, message, place }: Fault, source: string): string {
  const where =
    place?.startsWith('--') || place?.startsWith('PGF_') ? place : [source, place].filter(Boolean).join(':');
  return [where, dotted(path), message].filter(Boolean).join(': ');
}

const MAX_TEXT = 4 * 1024 * 1024;
const MAX_DEPTH = 64;
/** No number, name, path or formula is as long; the parser takes a tenth of a second for one of a million characters. */
const LONGEST_WORD = 5000;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

export const isForbidden = (key: string): boolean => FORBIDDEN.has(key);

const refuse = (message: string, source: string, place?: string): never => {
  throw new InvalidExperiment([{ path: [], message, ...(place && { place }) }], source);
};

/** Brackets and indentation nested deeper than any experiment: yaml's own recursion is not safe there. */
function checkNesting(text: string, source: string): void {
  let depth = 0;
  for (const c of text) {
    if (c === '[' || c === '{') depth++;
    else if (c === ']' || c === '}') depth--;
    if (depth > MAX_DEPTH) refuse(`nested deeper than ${MAX_DEPTH} levels`, source);
  }
  const indent = text.split('\n').reduce((most, line) => Math.max(most, line.length - line.trimStart().length), 0);
  if (indent > 1000 || /(?:- ){65}/.test(text)) refuse(`nested deeper than ${MAX_DEPTH} levels`, source);
}

/** Characters without a blank, comma or bracket of a list or mapping between them. */
function checkWords(text: string, source: string): void {
  const found = new RegExp(`[^\\s,[\\]{}]{${LONGEST_WORD + 1},}`).exec(text);
  if (!found) return;
  const before = text.slice(0, found.index).split('\n');
  refuse(
    `a word of ${found[0].length} characters; at most ${LONGEST_WORD} are read, in a formula at most 1000`,
    source,
    `${before.length}:${(before.at(-1) ?? '').length + 1}`,
  );
}

/** A parsed file: the value, and where each path stands. */
export interface ExperimentFile {
  readonly value: unknown;
  readonly source: string;
  locate(path: Path): string | undefined;
}

function parsed(text: string, source: string) {
  if (text.length > MAX_TEXT) refuse(`${text.length} characters; at most ${MAX_TEXT} are read`, source);
  checkWords(text, source);
  checkNesting(text, source);
  const lines = new LineCounter();
  const doc = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    stringKeys: true,
    schema: 'core',
    customTags: [],
    merge: false,
  });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const error = doc.errors[0] ?? doc.warnings[0];
  if (error?.code === 'MULTIPLE_DOCS')
    refuse('a file holds one experiment; this one has several documents', source, at(error.pos[0]));
  if (error) refuse(error.message.split('\n')[0].replace(/ at line \d+, column \d+:?$/, ''), source, at(error.pos[0]));
  return { doc, at };
}

/** The value of a node, built field by field so that no key reaches a prototype. */
function plainOf(node: ParsedNode | null, path: Path, at: (offset: number) => string): unknown {
  const fault = (message: string) =>
    new InvalidExperiment([{ path, message, ...(node && { place: at(node.range[0]) }) }]);
  if (node === null) return null;
  if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:'))
    throw fault(`tag ${node.tag} is not allowed`);
  if (isScalar(node)) return node.value;
  if (!isCollection(node)) throw fault('aliases (*name) are not allowed');
  if (!isMap(node)) return node.items.map((item, i) => plainOf(item as ParsedNode, [...path, i], at));
  const out: Record<string, unknown> = {};
  for (const { key, value } of node.items) {
    const name = String(isScalar(key) ? key.value : key);
    if (isForbidden(name)) throw fault(`the key ${JSON.stringify(name)} is not allowed`);
    out[name] = plainOf(value as ParsedNode | null, [...path, name], at);
  }
  return out;
}

export function parseExperiment(text: string, source: string): ExperimentFile {
  const { doc, at } = parsed(text, source);
  try {
    const value = plainOf(doc.contents, [], at);
    return { value, source, locate: path => placeOf(doc.contents, path, at) };
  } catch (error) {
    if (error instanceof InvalidExperiment) throw new InvalidExperiment(error.faults, source);
    throw error;
  }
}

/** Where the deepest existing part of a path stands; for a key, the key itself. */
function placeOf(root: Node | null, path: Path, at: (offset: number) => string): string | undefined {
  let node = root;
  let place = root?.range ? at(root.range[0]) : undefined;
  for (const step of path) {
    if (!isCollection(node)) break;
    const pair = isMap(node) ? node.items.find(item => isScalar(item.key) && item.key.value === step) : undefined;
    const next = pair ? (pair.value as Node | null) : ((node.items as (Node | undefined)[])[Number(step)] ?? null);
    const offset = (pair && !isCollection(next) ? (next ?? (pair.key as Node)) : pair ? (pair.key as Node) : next)
      ?.range?.[0];
    if (offset === undefined) break;
    place = at(offset);
    node = next;
  }
  return place;
}

/** One value set from outside the file: what it is called there, and `a.b=1`. */
export interface Override {
  readonly flag: string;
  readonly assignment: string;
}

/** Flags are quoted in messages; a long value is not quoted whole. */
const QUOTED = 100;

export const setting = (assignment: string): Override => ({ flag: `--set ${assignment}`, assignment });

/** The value is read as YAML, so numbers, lists and words work alike. Returns a changed copy. */
export function override(file: ExperimentFile, overrides: readonly Override[]): ExperimentFile {
  const value = structuredClone(file.value);
  const flags = new Map<string, string>();
  for (const { flag: whole, assignment } of overrides) {
    const flag = whole.length > QUOTED ? `${whole.slice(0, QUOTED)}…` : whole;
    const [, key, text] =
      /^([^=]+)=(.*)$/s.exec(assignment) ?? refuse('--set takes key=value, as in problem.lambda=0.5', flag);
    const path = key.split('.').map(p => (/^\d+$/.test(p) ? Number(p) : p));
    if (path.some(p => p === '' || isForbidden(String(p))))
      refuse(`${JSON.stringify(key)} is not a path of keys`, flag);
    assign(value, path, parseExperiment(text, flag).value, flag);
    flags.set(dotted(path), flag);
  }
  const locate = (path: Path) => {
    for (let n = path.length; n > 0; n--) {
      const flag = flags.get(dotted(path.slice(0, n)));
      if (flag) return flag;
    }
    return file.locate(path);
  };
  return { value, source: file.source, locate };
}

function assign(root: unknown, path: Path, value: unknown, flag: string): void {
  let at = root;
  for (const [i, key] of path.entries()) {
    if (typeof at !== 'object' || at === null) refuse(`${dotted(path.slice(0, i))} is not a mapping or list`, flag);
    const holder = at as Record<string | number, unknown>;
    if (Array.isArray(at) && !(typeof key === 'number' && key <= at.length))
      refuse(`${dotted(path.slice(0, i))} is a list of ${at.length}; ${JSON.stringify(key)} is no place in it`, flag);
    if (i === path.length - 1) holder[key] = value;
    else if (!Object.hasOwn(holder, key)) holder[key] = {};
    at = holder[key];
  }
}
