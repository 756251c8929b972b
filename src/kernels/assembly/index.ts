/** AssemblyScript: everything that the module of kernels exports. */
export { ceiling } from './ceiling';
export { analyse, synthesise } from './circle';
export { combine } from './combination';
export { condense, expandRows, expandSolved, reduceRows, reduceSolved } from './low-rank';
export { pack, unpack } from './pack';
export { relu, reluWide, sigmoid, sigmoidWide, tanh, tanhWide } from './panel';
export { relu2, relu3, sigmoid2, sigmoid3, tanh2, tanh3 } from './plane';
