import { softplus } from './features/activations.js';
import { networkKind } from './network.js';

export const softplusNetworkKind = networkKind(softplus);
