/** AssemblyScript: everything that the module of kernels exports. */
export { constants } from './arithmetic';
export { arcCosine } from './arc-cosine';
export { ceiling } from './ceiling';
export { analyse, synthesise } from './circle';
export { combine } from './combination';
export { gatherColumns, gatherRows, spreadColumns, spreadRows, square } from './grid';
export { condense, expandRows, expandSolved, reduceRows, reduceSolved } from './low-rank';
export { pack, unpack } from './pack';
export { relu, reluWide, sigmoid, sigmoidWide, tanh, tanhWide } from './panel';
export { relu2, relu3, sigmoid2, sigmoid3, tanh2, tanh3 } from './plane';
export { multiply0, multiply1, multiply2, take0, take1 } from './product';
export { interpolate, spread } from './torus';
export { packWave, unpackWave, wave } from './wave';
