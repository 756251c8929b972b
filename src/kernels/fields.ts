/** Fields for features to offer, in the tier that runs here. */
import type { Feature, FusedField, Loss, Precision } from '../types.js';
import { compute } from './compute.js';
import type { Vectors } from './engine.js';
import { rectangularField, rectangularRoom, symmetricField, symmetricRoom } from './outer-products.js';
import type { Program } from './program/contract.js';
import { formulae } from './program/field.js';
import type { Source } from './program/layout.js';
import { type Sketch, sketchField, sketchRoom } from './sketch.js';
import { runningTier } from './tiers.js';
import { exchangeable, roomOf, type TwoLayer } from './two-layer.js';

interface Opened {
  readonly net: TwoLayer;
  readonly m: number;
  readonly tier: Vectors;
  readonly precision: Precision;
  readonly put: (net: TwoLayer, loss: Loss) => void;
}
/** What the fields that were opened here stand for: their memory can take the next batch. */
const opened = new WeakMap<FusedField, Opened>();

const takesOver = ({ net, m, tier, precision }: Opened, next: TwoLayer, wanted: Omit<Opened, 'net' | 'put'>): boolean =>
  tier === wanted.tier &&
  precision === wanted.precision &&
  m === wanted.m &&
  net.activation === next.activation &&
  net.rows === next.rows &&
  net.columns === next.columns &&
  // Signs are particles' own: the same in every batch of a problem.
  (net.sign === undefined) === (next.sign === undefined);

/** What a feature offers where it has a kernel. */
export type Kernel = Required<Pick<Feature, 'open' | 'roomFor'>>;

/** The field of m particles of a two-layer net; none where only TypeScript runs. */
export const twoLayer = (net: TwoLayer): Kernel => ({
  roomFor: m => (compute().tier === 'scalar' ? 0 : roomOf(net, m)),
  open(m, loss, used, precision = 'double') {
    const tier = runningTier(precision);
    if (tier === 'scalar') return undefined;
    const known = used && loss.terms && opened.get(used);
    if (known && takesOver(known, net, { m, tier, precision })) {
      known.put(net, loss);
      return used;
    }
    const { field, put } = exchangeable(net, m, loss, { tier, precision });
    opened.set(field, { net, m, tier, precision, put });
    return field;
  },
});

/** A field of which nothing is exchanged, from what opens it on a tier; none where only TypeScript runs. */
const kernel = (room: (m: number) => number, field: (m: number, loss: Loss, tier: Vectors) => FusedField): Kernel => ({
  roomFor: m => (compute().tier === 'scalar' ? 0 : room(m)),
  open(m, loss) {
    const tier = runningTier();
    return tier === 'scalar' ? undefined : field(m, loss, tier);
  },
});

/** Φ(w, θ) = w D_k [cos ω_k·θ, sin ω_k·θ] */
export const sketch = (omega: Sketch): Kernel =>
  kernel(
    m => sketchRoom(omega, m),
    (m, loss, tier) => sketchField(omega, m, loss, tier),
  );

/** Φ(θ) = θθᵀ, θ of d numbers. */
export const outerProducts = (d: number): Kernel =>
  kernel(
    m => symmetricRoom(d, m),
    (m, loss, tier) => symmetricField(d, m, loss, tier),
  );

/** Φ(w, a, b) = w·abᵀ, a of `rows` and b of `columns` numbers. */
export const rankOnes = (rows: number, columns: number): Kernel =>
  kernel(
    m => rectangularRoom([rows, columns], m),
    (m, loss, tier) => rectangularField([rows, columns], m, loss, tier),
  );

/** Formulae of particles on rows; `program`: that of a loss that is a formula of each of the first part's rows. */
export function programs(source: () => Source, program: (loss: Loss) => Program | undefined): Kernel {
  const code = formulae(source);
  return {
    roomFor: m => (compute().tier === 'scalar' ? 0 : code.roomFor(m)),
    open(m, loss) {
      const tier = runningTier();
      return tier === 'scalar' ? undefined : code.open(m, loss, tier, program(loss));
    },
  };
}
