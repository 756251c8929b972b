/** What a schema finds wrong, in the words of this project: where, what was found, what is allowed. */
import type { z } from 'zod';
import type { Fault, Path } from './experiment-file.js';
import { meant } from './math/nearest.js';
import { experimentSchema, notCompared, wrapperFault } from './spec.js';

type Issue = z.core.$ZodIssue;

const NOT_FINITE = 'a finite number is wanted';

export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (v, key) => (typeof v === 'object' && v !== null ? (v as Record<string | number, unknown>)[key] : undefined),
    root,
  );

type Def = {
  type: string;
  innerType?: unknown;
  element?: unknown;
  options?: unknown[];
  shape?: Record<string, unknown>;
  values?: unknown[];
};
const defOf = (schema: unknown): Def | undefined => (schema as { _zod?: { def: Def } } | undefined)?._zod?.def;

/** Whether an object schema, or one inside a union, is of this kind. */
function takes(schema: unknown, kind: unknown): boolean {
  const def = defOf(schema);
  return def?.type === 'union'
    ? (def.options ?? []).some(o => takes(o, kind))
    : (defOf(def?.shape?.kind)?.values?.includes(kind) ?? false);
}

/** The keys an object schema allows at a path; of a union, those of the branches that the value's `kind` leaves open. */
function keysAt(schema: unknown, path: Path, value: unknown): string[] {
  const def = defOf(schema);
  if (def?.type === 'optional') return keysAt(def.innerType, path, value);
  if (def?.type === 'union') {
    const kind = valueAt(value, ['kind']);
    const named = (def.options ?? []).filter(o => takes(o, kind));
    return [...new Set((named.length > 0 ? named : (def.options ?? [])).flatMap(o => keysAt(o, path, value)))];
  }
  if (def?.type === 'array' && path.length > 0)
    return keysAt(def.element, path.slice(1), valueAt(value, path.slice(0, 1)));
  if (def?.type !== 'object' || !def.shape) return [];
  if (path.length === 0) return Object.keys(def.shape);
  return keysAt(def.shape[String(path[0])], path.slice(1), valueAt(value, [path[0]]));
}

type Union = Extract<Issue, { code: 'invalid_union' }>;

const isKind = ({ code, path }: Issue): boolean => code === 'invalid_value' && path.join('.') === 'kind';

/** How far what was written is from a branch; another kind is farther than anything that can be wrong within the right one. */
const distance = (branch: readonly Issue[]): number => branch.reduce((sum, i) => sum + weightOf(i), 0);
function weightOf(issue: Issue): number {
  if (issue.code === 'invalid_union') return Math.min(1000, ...issue.errors.map(distance));
  if (issue.code === 'unrecognized_keys') return 2 * issue.keys.length;
  if (issue.code === 'invalid_value') return issue.path.at(-1) === 'kind' ? 1000 : 1;
  // A value of another type altogether.
  return issue.code === 'invalid_type' && issue.path.length === 0 ? 3 : 1;
}

/** The branch of a union that the user meant: the one that understands most of what was written. */
const branchMeant = (branches: readonly (readonly Issue[])[]): readonly Issue[] =>
  [...branches].sort((a, b) => distance(a) - distance(b))[0] ?? [];

/** The kinds a branch would have taken, also through unions inside it. */
const kindsIn = (branch: readonly Issue[]): string[] =>
  branch.flatMap(i => {
    if (i.code === 'invalid_union') return i.errors.flatMap(kindsIn);
    return isKind(i) && i.code === 'invalid_value' ? i.values.map(String) : [];
  });

const unknownKind = (kind: unknown, path: Path, kinds: readonly string[]): Fault[] => [
  { path, message: wrapperFault(kind) ?? `found ${show(kind)}${meant(String(kind ?? ''), kinds)}` },
];

function unionFaults(issue: Union, path: Path, root: unknown): Fault[] {
  const value = valueAt(root, path);
  if (issue.errors.length === 0 && 'options' in issue) return unknownKind(value, path, issue.options.map(String));
  const byBranch = issue.errors.map(kindsIn);
  const kinds = [...new Set(byBranch.flat())];
  if (kinds.length > 1 && byBranch.every(k => k.length > 0))
    return unknownKind(valueAt(value, ['kind']), [...path, 'kind'], kinds);
  // Where the kind is right nothing else can be meant.
  const right = issue.errors.filter((_, j) => byBranch[j].length === 0);
  const branches = right.length > 0 ? right : issue.errors;
  const wanted = branchesWant(branches, value);
  if (wanted)
    return [{ path, message: value === undefined ? `is missing (${wanted})` : `${wanted}, found ${show(value)}` }];
  return branchMeant(branches).flatMap(i => faultsOf(i, root, path));
}

const NO_MATCH: ReadonlySet<string> = new Set(['invalid_type', 'invalid_value', 'invalid_union']);
const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isMissing = (issue: Issue, value: object): boolean =>
  issue.path.length === 1 && !Object.hasOwn(value, issue.path[0] as string);

/** What each branch would take, when nothing in the value tells which was meant. */
function branchesWant(branches: Union['errors'], value: unknown): string | undefined {
  if (branches.length < 2) return undefined;
  if (branches.every(branch => branch.length === 1 && branch[0].path.length === 0 && NO_MATCH.has(branch[0].code)))
    return `must be ${[...new Set(branches.map(([only]) => alternative(only)))].join(' or ')}`;
  if (!isPlain(value)) return undefined;
  const forms = branches.map(branch => branch.filter(i => isMissing(i, value)).map(i => String(i.path[0])));
  const strangers = (branch: readonly Issue[]) => branch.flatMap(i => (i.code === 'unrecognized_keys' ? i.keys : []));
  const told = (branch: readonly Issue[]) => strangers(branch).length < Object.keys(value).length;
  const onlyMissing = branches.every((branch, j) => branch.length === forms[j].length);
  if (forms.some(keys => keys.length === 0) || (!onlyMissing && branches.some(told))) return undefined;
  return `must have ${[...new Set(forms.map(keys => keys.join(' and ')))].join(', or ')}`;
}

const TYPES: Readonly<Record<string, string>> = {
  number: 'a finite number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

/** One thing that would have been taken, without `must be`. */
function alternative(issue: Issue): string {
  if (issue.code === 'invalid_union') return [...new Set(issue.errors.flat().map(alternative))].join(' or ');
  if (issue.code === 'invalid_value') return issue.values.map(v => JSON.stringify(v)).join(' or ');
  return issue.code === 'invalid_type' ? (TYPES[issue.expected] ?? `of type ${issue.expected}`) : issue.message;
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be ${issue.inclusive ? '≥' : '>'} ${issue.minimum}`
        : `must have at least ${issue.minimum} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be ${issue.inclusive ? '≤' : '<'} ${issue.maximum}`
        : `must have at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
    case 'invalid_type':
      return issue.expected === 'number' ? NOT_FINITE : `must be ${alternative(issue)}`;
    case 'invalid_value':
      return `must be ${alternative(issue)}`;
    case 'invalid_format':
      return `must match ${issue.format === 'regex' ? issue.message : issue.format}`;
    default:
      return issue.message;
  }
}

/** A key of another form is no typing error: the forms exclude each other. */
function unknownKey(key: string, beside: readonly string[], allowed: readonly string[]): string {
  if (!allowed.includes(key)) return `unknown key${meant(key, allowed)}`;
  const others = beside.filter(k => k !== key && allowed.includes(k) && k !== 'kind');
  return others.length === 0
    ? 'does not belong to this form'
    : `does not go together with ${others.join(', ')}; give one form only`;
}

export function faultsOf(issue: Issue, root: unknown, base: Path = []): Fault[] {
  const path = [...base, ...(issue.path as (string | number)[])];
  if (issue.code === 'invalid_union') return unionFaults(issue, path, root);
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(experimentSchema, path, root);
    const beside = Object.keys((valueAt(root, path) as object | undefined) ?? {});
    return issue.keys.map(key => ({ path: [...path, key], message: unknownKey(key, beside, allowed) }));
  }
  const found = valueAt(root, path);
  const refused = path.at(-1) === 'method' && wrapperFault(found);
  if (refused) return [{ path, message: refused }];
  if (found === undefined) return [{ path, message: `is missing (${expectation(issue)})` }];
  const size =
    Array.isArray(found) && (issue.code === 'too_small' || issue.code === 'too_big')
      ? `${found.length} entries`
      : show(found);
  const why = path.at(-2) === 'methods' ? notCompared[String(found)] : undefined;
  return [{ path, message: `${expectation(issue)}, found ${size}${why ? `: ${why}` : ''}` }];
}
