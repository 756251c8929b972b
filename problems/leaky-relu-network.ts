import { leakyRelu } from './features/activations.js';
import { networkKind } from './network.js';

export const leakyReluNetworkKind = networkKind(leakyRelu);
