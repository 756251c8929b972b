/** Where spikes can be, what they cost, and how far η reaches over them: what certificates of networks and matrices rest on. */
import { circleSupremum, diamondSupremum } from '../src/kernels/arc-supremum.js';
import { planeSupremum } from '../src/kernels/plane-supremum.js';
import type { Problem, Supremum, Vec } from '../src/types.js';
import type { Activation } from './features/activations.js';
import type { Inputs } from './features/neuron.js';

type PenaltySpec = { readonly kind: string; readonly beta: number } | undefined;
type BoxSpec = { readonly from: number; readonly to: number } | undefined;
type Certified = Pick<Problem, 'spikes' | 'supremum'>;

/** Rows of one number get a second one, which is 0. */
const inPlane = ({ rows, columns, values }: Inputs): Vec =>
  columns === 2 ? values : Float64Array.from({ length: 2 * rows }, (_, j) => (j % 2 === 0 ? values[j / 2] : 0));

const withPlace = (s: Supremum, at: ArrayLike<number>): Supremum => ({ ...s, at: Float64Array.from(at) });

/** V of a unit w|θ| = 1: |w| = |θ| is the cheapest. Undefined where it is not a multiple of |w||θ|. */
function priceOf(penalty: PenaltySpec): number | undefined {
  if (penalty === undefined) return 0;
  if (penalty.kind === 'squared') return 2 * penalty.beta;
  return penalty.kind === 'abs-product' ? penalty.beta : undefined;
}

/** Units w σ(θ·x) with σ homogeneous: masses w|θ| on directions. */
export function directionSpikes(penalty: PenaltySpec): Pick<Problem, 'spikes'> {
  const price = priceOf(penalty);
  return price === undefined ? {} : { spikes: { price, weight: 0, directions: true } };
}

function homogeneous(activation: Activation, inputs: Inputs, penalty: PenaltySpec): Certified {
  const directions = directionSpikes(penalty);
  if (!directions.spikes || inputs.columns > 2) return directions;
  const [x, slopes] = [inPlane(inputs), { off: activation.slope(-1), on: activation.slope(1) }];
  return {
    ...directions,
    supremum(g) {
      const s = circleSupremum(g, x, slopes);
      return withPlace(s, inputs.columns === 1 ? [Math.sign(s.at[0]) || 1] : s.at);
    },
  };
}

/** Units w σ(θ·x). `inputs` with the bias, if there is one. */
export function networkSpikes(activation: Activation, inputs: Inputs, penalty: PenaltySpec, box: BoxSpec): Certified {
  if (activation.kinked) return box ? {} : homogeneous(activation, inputs, penalty);
  const { third } = activation;
  if (penalty?.kind !== 'abs-weight' || third === undefined || inputs.columns > 2) return {};
  const rows = { x: inPlane(inputs), flat: inputs.columns === 1, unit: { ...activation, third } };
  return { supremum: g => planeSupremum(g, rows, box) };
}

/** Units ±max(0, s(θ)·x) on two copies: |θ|² = |s|₁. A place is θ itself. */
export function signedSquareSpikes(inputs: Inputs, penalty: PenaltySpec): Certified {
  const spikes = { price: penalty?.beta ?? 0, directions: true };
  if (inputs.columns > 2) return { spikes };
  const x = inPlane(inputs);
  return {
    spikes,
    supremum(g) {
      const s = diamondSupremum(g, x, { off: 0, on: 1 });
      const at =
        inputs.columns === 1 ? [Math.sign(s.at[0]) || 1] : s.at.map(a => Math.sign(a) * Math.sqrt(Math.abs(a)));
      return withPlace(s, at);
    },
  };
}
