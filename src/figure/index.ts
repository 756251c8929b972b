/** The registry: one export line per figure. */
export { deconvolutionFigure } from './deconvolution.js';
export { excessFigure } from './excess.js';
export { gdFigure } from './gd-vs-flow.js';
export { initFigure } from './initialisation.js';
export { levelFigure } from './level-lines.js';
export { reluFigure } from './relu-plane.js';
export { sigmoidFigure } from './sigmoid.js';
