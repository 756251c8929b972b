/** Fields for features to offer, in the tier that runs here. */
import type { FusedField, Loss } from '../types.js';
import { runningTier } from './tiers.js';
import { type TwoLayer, twoLayerField } from './two-layer.js';

/** What opens the field of m particles of a two-layer net; undefined where only TypeScript runs. */
export const twoLayer =
  (net: TwoLayer) =>
  (m: number, loss: Loss): FusedField | undefined => {
    const tier = runningTier();
    return tier === 'scalar' ? undefined : twoLayerField(net, m, loss, tier);
  };
