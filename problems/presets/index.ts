/** The registry: one export line per preset. A preset is an experiment file; `pgf run NAME` runs it. */
export { crossing } from './crossing.js';
export { figure1 } from './figure-1.js';
export { iris } from './iris.js';
export { lowRank } from './low-rank.js';
export { matrixCompletion } from './matrix-completion.js';
export { matrixSensing } from './matrix-sensing.js';
export { recover } from './recover.js';
export { rectangular } from './rectangular.js';
export { reluPlane } from './relu-plane.js';
export { reluSample } from './relu-sample.js';
export { sigmoid } from './sigmoid.js';
export { signedSquare } from './signed-square.js';
export { sketch } from './sketch.js';
export { stiff } from './stiff.js';
export { streamLogistic } from './stream-logistic.js';
export { streamSigmoid } from './stream-sigmoid.js';
export { tensor } from './tensor.js';
