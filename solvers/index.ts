/** The registry: one export line per solver. Wrappers take the name of a one-step method: `inclusion(dopri5)`. */
export { adam } from './adam.js';
export { cpgd } from './cpgd.js';
export { dopri5 } from './dopri5.js';
export { fista } from './fista.js';
export { gd } from './gd.js';
export { heavyBall } from './heavy-ball.js';
export { inclusion } from './inclusion.js';
export { langevin } from './langevin.js';
export { nesterov } from './nesterov.js';
export { odex } from './odex.js';
export { proximalEuler } from './proximal-euler.js';
export { proximalSgd } from './proximal-sgd.js';
export { sgd } from './sgd.js';
