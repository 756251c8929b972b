/** Fields for features to offer, in the tier that runs here. */
import type { FusedField, Loss } from '../types.js';
import type { Vectors } from './engine.js';
import { runningTier } from './tiers.js';
import { exchangeable, type TwoLayer } from './two-layer.js';

interface Opened {
  readonly net: TwoLayer;
  readonly m: number;
  readonly tier: Vectors;
  readonly put: (net: TwoLayer, loss: Loss) => void;
}
/** What the fields that were opened here stand for: their memory can take the next batch. */
const opened = new WeakMap<FusedField, Opened>();

const takesOver = ({ net, m, tier }: Opened, next: TwoLayer, particles: number, running: Vectors): boolean =>
  tier === running &&
  m === particles &&
  net.activation === next.activation &&
  net.rows === next.rows &&
  net.columns === next.columns &&
  // Signs are particles' own: the same in every batch of a problem.
  (net.sign === undefined) === (next.sign === undefined);

/** What opens the field of m particles of a two-layer net; undefined where only TypeScript runs. */
export const twoLayer =
  (net: TwoLayer) =>
  (m: number, loss: Loss, used?: FusedField): FusedField | undefined => {
    const tier = runningTier();
    if (tier === 'scalar') return undefined;
    const known = used && loss.terms && opened.get(used);
    if (known && takesOver(known, net, m, tier)) {
      known.put(net, loss);
      return used;
    }
    const { field, put } = exchangeable(net, m, loss, tier);
    opened.set(field, { net, m, tier, put });
    return field;
  };
