import { tanh } from './features/activations.js';
import { networkKind } from './network.js';

export const tanhNetworkKind = networkKind(tanh);
