/** AssemblyScript: everything that the module of kernels exports. */
export { ceiling } from './ceiling';
export { analyse, synthesise } from './circle';
export { gatherColumns, gatherRows, spreadColumns, spreadRows } from './grid';
export { pack, unpack } from './pack';
export { relu, reluWide, sigmoid, sigmoidWide, tanh, tanhWide } from './panel';
export { relu2, relu3, sigmoid2, sigmoid3, tanh2, tanh3 } from './plane';
export { interpolate, spread } from './torus';
