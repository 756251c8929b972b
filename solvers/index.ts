/** The registry: one export line per solver. Wrappers take the name of a one-step method: `inclusion(dopri5)`. */
export { bosh3 } from './bosh3.js';
export { cpgd } from './cpgd.js';
export { dop853 } from './dop853.js';
export { dopri5 } from './dopri5.js';
export { gd } from './gd.js';
export { inclusion } from './inclusion.js';
export { odex } from './odex.js';
export { proximalEuler } from './proximal-euler.js';
export { proximalSgd } from './proximal-sgd.js';
export { rkc2 } from './rkc2.js';
export { rodas4 } from './rodas4.js';
export { rodas5p } from './rodas5p.js';
export { sgd } from './sgd.js';
export { tsit5 } from './tsit5.js';
