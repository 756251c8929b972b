/** What is kept from the forward pass for the backward one, and which nodes each pass computes. */
import type { Id, Node, Program } from './contract.js';

export interface Plan {
  /** Row by row and particle by particle, by number. */
  readonly saved: readonly Id[];
  /** Nodes of the particle alone, which are computed once for all rows, of each pass. */
  readonly forward: readonly Id[];
  readonly backward: readonly Id[];
  /** Nodes that are one given number per row. */
  readonly tables: readonly Id[];
  /** Operations on a row and a particle in both passes. */
  readonly cost: number;
}

/** Nodes that the roots are made of, parts first; what a node that is not active or stops is made of is not asked. */
export function reached(nodes: readonly Node[], roots: readonly Id[], stops?: ReadonlySet<Id>): Id[] {
  const needed = new Set<Id>(roots);
  for (let id = Math.max(-1, ...roots); id >= 0; id--)
    if (needed.has(id) && nodes[id].active && !stops?.has(id)) for (const a of nodes[id].args) needed.add(a);
  return [...needed].sort((a, b) => a - b);
}

/** In sums and products, of the order that processors have. */
const CHEAP: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'chain', 'neg', 'select', 'side', 'input']);
const DEAR = 30;
const costOf = (nodes: readonly Node[], ids: readonly Id[]): number =>
  ids.reduce((sum, a) => {
    const { op, active, row } = nodes[a];
    return active && row ? sum + (CHEAP.has(op) ? 1 : DEAR) : sum;
  }, 0);
/** A value is stored and loaded in the time of so many. */
const KEPT = 3;

const isCircular = ({ op }: Node): boolean => op === 'sin' || op === 'cos';

/** What the forward pass has: its own nodes, and of an angle sine and cosine both. */
function available({ nodes, output }: Program): (id: Id) => boolean {
  const own = new Set(reached(nodes, [output]));
  const angles = new Set([...own].filter(id => isCircular(nodes[id])).map(id => nodes[id].args[0]));
  return id => own.has(id) || (isCircular(nodes[id]) && angles.has(nodes[id].args[0]));
}

function savedOf(program: Program): Set<Id> {
  const { nodes, partials } = program;
  const has = available(program);
  const [saved, seen] = [new Set<Id>(), new Set<Id>()];
  const visit = (id: Id): void => {
    if (seen.has(id) || !nodes[id].active || !nodes[id].row) return;
    seen.add(id);
    if (has(id) && costOf(nodes, reached(nodes, [id])) > KEPT) saved.add(id);
    else for (const a of nodes[id].args) visit(a);
  };
  for (const id of partials) visit(id);
  return saved;
}

export function planOf(program: Program): Plan {
  const { nodes, output, partials } = program;
  const saved = savedOf(program);
  const [forward, backward] = [reached(nodes, [output, ...saved]), reached(nodes, partials, saved)];
  const ofParticle = (id: Id) => nodes[id].active && !nodes[id].row;
  return {
    saved: [...saved].sort((a, b) => a - b),
    forward: forward.filter(ofParticle),
    backward: backward.filter(ofParticle),
    cost: costOf(nodes, forward) + costOf(nodes, backward) + 2 * partials.length,
    tables: [...new Set([...forward, ...backward])].filter(id => !nodes[id].active && nodes[id].row),
  };
}
