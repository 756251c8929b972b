/** The registry: one export line per file of a problem, a field, a feature, a loss and a penalty. */
export { deconvolution, deconvolutionKind } from './deconvolution.js';
export { leakyRelu, relu, sigmoid, softplus, tanh } from './features/activations.js';
export { fourier } from './features/fourier.js';
export { neuron } from './features/neuron.js';
export { outerProduct } from './features/outer-product.js';
export { signedSquare } from './features/signed-square.js';
export { reluGaussian } from './fields/relu-gaussian.js';
export { leakyReluNetworkKind } from './leaky-relu-network.js';
export { square } from './losses/square.js';
export { lowRank, lowRankKind } from './low-rank.js';
export { network } from './network.js';
export { absWeight } from './penalties/abs-weight.js';
export { squared } from './penalties/squared.js';
export { reluNetworkKind, reluPopulation } from './relu-network.js';
export { reluSignedSquare, reluSignedSquareKind } from './relu-signed-square.js';
export { sigmoidNetworkKind } from './sigmoid-network.js';
export { softplusNetworkKind } from './softplus-network.js';
export { tanhNetworkKind } from './tanh-network.js';
