/** Formulae as a feature map: Φ(u) has one number per row of each formula. */
import { programs } from '../../src/kernels/fields.js';
import type { Branch, Feature, FeatureKinks, Vec } from '../../src/types.js';
import { along, gradient } from './derive.js';
import {
  addTo,
  BLOCK,
  copyTo,
  dotWith,
  type Evaluator,
  evaluator,
  type Prepared,
  programOf,
  type Slot,
  valueAt,
} from './evaluate.js';
import type { Formula, Graph, Id } from './formula.js';
import { lazy } from './lazy.js';
import { lossProgram } from './loss.js';

/** One formula inside F: its rows begin at `first`, its kinks at `slots`. */
interface Part {
  readonly prepared: Prepared;
  readonly first: number;
  readonly values: () => Evaluator;
  readonly gradients: () => Evaluator;
  readonly pushed: () => Evaluator;
  readonly curved: () => Evaluator;
}

const inputsOf = (graph: Graph, dim: number, from = 0): Id[] =>
  Array.from({ length: dim }, (_, k) => graph.input(from + k));

/** The derivative of `output` along inputs dim…2dim−1. */
function slope(graph: Graph, output: Id, dim: number): Id {
  return along(graph, gradient(graph, output, inputsOf(graph, dim)), inputsOf(graph, dim, dim));
}

function partOf(prepared: Prepared, dim: number, first: number): Part {
  const { graph, output } = prepared;
  const made = (outputs: () => readonly Id[]) => lazy(() => evaluator(prepared, outputs(), 2 * dim));
  return {
    prepared,
    first,
    values: made(() => [output]),
    gradients: made(() => gradient(graph, output, inputsOf(graph, dim))),
    pushed: made(() => [slope(graph, output, dim)]),
    curved: made(() => gradient(graph, slope(graph, output, dim), inputsOf(graph, dim))),
  };
}

/** Kink k of a particle: node `on` of `part`, at `row`. */
interface Place {
  readonly prepared: Prepared;
  readonly on: Id;
  readonly offset: number;
  readonly stride: 0 | 1;
}

/** Gives each kink its place in the pattern, one formula after another. */
function laidOut(formulae: readonly Formula[]): { prepared: Prepared[]; places: Place[]; perParticle: number } {
  const places: Place[] = [];
  let offset = 0;
  const prepared = formulae.map(f => {
    const slots = new Map<Id, Slot>();
    const p: Prepared = { ...f, slots, fixed: new Map() };
    for (const on of f.kinks) {
      const stride = f.graph.nodes[on].row ? 1 : 0;
      slots.set(on, { offset, stride });
      places.push({ prepared: p, on, offset, stride });
      offset += stride ? f.rows : 1;
    }
    return p;
  });
  return { prepared, places, perParticle: offset };
}

/** A kink's value on one row, its gradient in the particle, and its rate along a direction. */
interface Measure {
  readonly value: Evaluator;
  readonly gradient: Evaluator;
  readonly rate: Evaluator;
}

const measured = ({ prepared, on }: Place, dim: number): Measure => {
  const { graph } = prepared;
  const plain = { ...prepared, slots: new Map() };
  return {
    value: evaluator(plain, [on], 2 * dim),
    gradient: evaluator(plain, [on, ...gradient(graph, on, inputsOf(graph, dim))], 2 * dim),
    rate: evaluator(plain, [slope(graph, on, dim)], 2 * dim),
  };
};

/** Newton steps onto a kink; one is exact where the formula is linear in the particle. */
const SNAPS = 4;

function snapOnto({ gradient: e }: Measure, y: Vec, at: number, dim: number, row: number): void {
  for (let step = 0; step < SNAPS; step++) {
    for (let j = 0; j < dim; j++) e.inputs[j] = y[at + j];
    e.begin();
    e.block(row, 1);
    const value = valueAt(e.outputs[0], row, 0);
    let square = 0;
    for (let j = 0; j < dim; j++) square += valueAt(e.outputs[1 + j], row, 0) ** 2;
    if (!(square > 0) || value === 0) return;
    let moved = false;
    for (let j = 0; j < dim; j++) {
      const before = y[at + j];
      y[at + j] -= (value / square) * valueAt(e.outputs[1 + j], row, 0);
      moved ||= Math.abs(y[at + j] - before) > Number.EPSILON * Math.abs(before);
    }
    if (!moved) return;
  }
}

/** Particle i of y, and of the direction x where there is one, to the inputs. */
function load(e: Evaluator, dim: number, y: Vec, x: Vec | undefined, i: number): void {
  for (let j = 0; j < dim; j++) e.inputs[j] = y[i * dim + j];
  if (x) for (let j = 0; j < dim; j++) e.inputs[dim + j] = x[i * dim + j];
}

function kinksOf(places: readonly Place[], perParticle: number, dim: number): FeatureKinks {
  const measures = places.map(p => lazy(() => measured(p, dim)));
  const find = (k: number): [Measure, number] => {
    const j = places.findLastIndex(p => k >= p.offset);
    return [measures[j](), (k - places[j].offset) * places[j].stride];
  };
  return {
    perParticle,
    valuesInto(y, m, out) {
      for (let j = 0; j < places.length; j++) {
        const { prepared, offset, stride } = places[j];
        const { value } = measures[j]();
        const count = stride ? prepared.rows : 1;
        for (let i = 0; i < m; i++) {
          load(value, dim, y, undefined, i);
          value.begin();
          for (let start = 0; start < count; start += BLOCK) {
            const length = Math.min(BLOCK, count - start);
            value.block(start, length);
            copyTo(out, i * perParticle + offset, value.outputs[0], start, length);
          }
        }
      }
    },
    rate(y, v, i, k) {
      const [{ rate }, row] = find(k);
      load(rate, dim, y, v, i);
      rate.begin();
      rate.block(row, 1);
      return valueAt(rate.outputs[0], row, 0);
    },
    snap(y, i, k) {
      const [measure, row] = find(k);
      snapOnto(measure, y, i * dim, dim, row);
    },
  };
}

type Choice = (p: Part) => Evaluator;
/** What is done with the outputs of an evaluator on rows start … start+count−1 for particle i. */
type Take = (e: Evaluator, first: number, i: number, start: number, count: number) => void;

/** Φ from formulae of the same `dim` coordinates, their rows one after another in F. */
export function expressionFeature(formulae: readonly Formula[], dim: number): Feature {
  const { prepared, places, perParticle } = laidOut(formulae);
  const firsts = formulae.map((_, j) => formulae.slice(0, j).reduce((sum, f) => sum + f.rows, 0));
  const parts = prepared.map((p, j) => partOf(p, dim, firsts[j]));
  /** Every evaluator over the particles and their blocks of rows; x: a direction, for second derivatives */
  const sweep = (of: Choice, y: Vec, m: number, x: Vec | undefined, pattern: Branch | undefined, take: Take) => {
    for (const part of parts) {
      const [e, { rows }] = [of(part), part.prepared];
      for (let i = 0; i < m; i++) {
        load(e, dim, y, x, i);
        e.begin(pattern, i * perParticle);
        for (let start = 0; start < rows; start += BLOCK) {
          const count = Math.min(BLOCK, rows - start);
          e.block(start, count);
          take(e, part.first, i, start, count);
        }
      }
    }
  };
  /** out: (1/m) Σᵢ of the only output of an evaluator */
  const gather = (of: Choice, y: Vec, m: number, x: Vec | undefined, out: Vec, pattern?: Branch) => {
    out.fill(0);
    sweep(of, y, m, x, pattern, (e, first, _i, start, count) => addTo(out, first, 1 / m, e.outputs[0], start, count));
  };
  /** out: rows Σ_k g_k·(outputs at k) */
  const pull = (of: Choice, y: Vec, m: number, g: Vec, x: Vec | undefined, out: Vec, pattern?: Branch) => {
    out.fill(0);
    sweep(of, y, m, x, pattern, (e, first, i, start, count) => {
      for (let j = 0; j < dim; j++) out[i * dim + j] += dotWith(g, first, e.outputs[j], start, count);
    });
  };
  const size = formulae.reduce((sum, f) => sum + f.rows, 0);
  const source = lazy(() => ({ parts: prepared.map(p => programOf(p, inputsOf(p.graph, dim))), dim }));
  return {
    name: 'expression',
    dim,
    size,
    ...(perParticle > 0 && { kinks: kinksOf(places, perParticle, dim) }),
    ...programs(source, lossProgram),
    sumInto: (y, m, out, pattern) => gather(p => p.values(), y, m, undefined, out, pattern),
    pullbackInto: (y, m, g, out, pattern) => pull(p => p.gradients(), y, m, g, undefined, out, pattern),
    pushforwardInto: (y, m, x, out, pattern) => gather(p => p.pushed(), y, m, x, out, pattern),
    curvatureInto: (y, m, g, x, out, pattern) => pull(p => p.curved(), y, m, g, x, out, pattern),
    jacobianInto(y, m, out, pattern) {
      for (const part of parts) {
        const [e, { rows }] = [part.gradients(), part.prepared];
        for (let i = 0; i < m; i++) {
          load(e, dim, y, undefined, i);
          e.begin(pattern, i * perParticle);
          for (let start = 0; start < rows; start += BLOCK) {
            const count = Math.min(BLOCK, rows - start);
            e.block(start, count);
            for (let j = 0; j < dim; j++) copyTo(out, (i * dim + j) * size + part.first, e.outputs[j], start, count);
          }
        }
      }
    },
  };
}
