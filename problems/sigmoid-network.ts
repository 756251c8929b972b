import { sigmoid } from './features/activations.js';
import { networkKind } from './network.js';

export const sigmoidNetworkKind = networkKind(sigmoid);
