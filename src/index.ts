/** The public interface. */
export { type CheckReport, checkExperiment, checkProblem } from './check.js';
export { decodeVec, encodeVec } from './checkpoint.js';
export { compareMethods } from './compare-methods.js';
export { certify } from './diagnostics/certificate.js';
export { energyAudit } from './diagnostics/energy.js';
export { saveAt } from './diagnostics/save-at.js';
export { sparsity, spikesOf } from './diagnostics/sparsity.js';
export { activeRadius, spectrumAlong } from './diagnostics/spectrum.js';
export { stepping } from './drive.js';
export { InvalidExperiment, parseExperiment } from './experiment-file.js';
export { flowOf } from './flow.js';
export { iterating } from './iterate.js';
export { random, randomFrom } from './math/random.js';
export type { Baseline, Ending, Iterate, Work } from './measure/baseline.js';
export { onPositions } from './measure/fixed-positions.js';
export { ballFrankWolfe, correctiveFrankWolfe, slidingFrankWolfe } from './measure/frank-wolfe.js';
export {
  conicWeighted,
  equalised,
  type LiftedValue,
  type Lifting,
  lifted,
  liftedValue,
  neuronal,
  normalised,
  projected,
  spherical,
  weighted,
} from './measure/lifting.js';
export { polish } from './measure/polish.js';
export { type Program, programOf } from './measure/program.js';
export { searchedSupremum } from './measure/searched-supremum.js';
export { semidefinite, trigonometricOf } from './measure/semidefinite.js';
export type * from './method-results.js';
export { fromRows, toRows, wrap } from './particles.js';
export { resolveExperiment } from './resolve.js';
export type * from './results.js';
export { runExperiment } from './run.js';
export { type Experiment, experimentSchema } from './spec.js';
export { compareSteps } from './stepsize.js';
export { type StochasticOptions, stochastic } from './stochastic.js';
export { runStudy } from './study.js';
export { collect, type Trajectory } from './trajectory.js';
export type * from './types.js';
