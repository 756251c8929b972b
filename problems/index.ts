/** The registry: one export line per problem, feature, loss and penalty. */
export { deconvolution, deconvolutionKind } from './deconvolution.js';
export { fourier } from './features/fourier.js';
export { square } from './losses/square.js';
export { absWeight } from './penalties/abs-weight.js';
