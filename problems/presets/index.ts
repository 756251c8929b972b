/** The registry: one export line per preset. A preset is an experiment file; `pgf run NAME` runs it. */
export { crossing } from './crossing.js';
export { figure1 } from './figure-1.js';
export { recover } from './recover.js';
export { stiff } from './stiff.js';
