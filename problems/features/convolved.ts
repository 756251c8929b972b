import type { Convolution } from '../../src/kernels/convolution.js';
import type { Feature, Loss, Vec } from '../../src/types.js';

/**
 * Φ(w, θ) = w Ψφ(θ) for a feature w φ(θ) of Fourier coefficients, Ψ the convolution with a kernel ψ: ∫Φ dμ are the coefficients of ψ * ν
 * (Chizat & Bach 2018, §4.1). ⟨g, Φ(1, ·)⟩ = ⟨Ψᵀg, φ(·)⟩ stays a trigonometric polynomial of the same degree.
 */
export function convolved(feature: Feature, kernel: Convolution): Feature {
  const { pushforwardInto, curvatureInto, derivativesInto, open } = feature;
  const held = new Float64Array(feature.size);
  const turned = (g: Vec): Vec => {
    kernel.adjointInto(g, held);
    return held;
  };
  /** R∘Ψ, which the kernel of the bare feature takes in place of R. */
  const seen = (loss: Loss): Loss => {
    const [blurred, slope] = [new Float64Array(feature.size), new Float64Array(feature.size)];
    return {
      name: loss.name,
      value(f) {
        kernel.applyInto(f, blurred);
        return loss.value(blurred);
      },
      gradientInto(f, out) {
        kernel.applyInto(f, blurred);
        loss.gradientInto(blurred, slope);
        kernel.adjointInto(slope, out);
      },
    };
  };
  // Its rows would be those of the bare coefficients; they come from the pullback instead.
  const { jacobianInto: _, derivativesInto: __, open: ___, ...bare } = feature;
  return {
    ...bare,
    name: `convolved(${feature.name})`,
    sumInto(y, m, out) {
      feature.sumInto(y, m, held);
      kernel.applyInto(held, out);
    },
    pullbackInto: (y, m, g, out) => feature.pullbackInto(y, m, turned(g), out),
    ...(open && {
      open(m: number, loss: Loss) {
        const field = open(m, seen(loss));
        if (!field) return undefined;
        const bareSum = new Float64Array(feature.size);
        return {
          ...field,
          sumInto(y: Vec, f: Vec) {
            field.sumInto(y, bareSum);
            kernel.applyInto(bareSum, f);
          },
          pullbackInto: (y: Vec, g: Vec, out: Vec) => field.pullbackInto(y, turned(g), out),
        };
      },
    }),
    ...(pushforwardInto && {
      pushforwardInto(y: Vec, m: number, x: Vec, out: Vec) {
        pushforwardInto(y, m, x, held);
        kernel.applyInto(held, out);
      },
    }),
    ...(derivativesInto && {
      derivativesInto(y: Vec, m: number, g: Vec, rows: Vec, blocks: Vec) {
        derivativesInto(y, m, turned(g), rows, blocks);
        for (let k = 0; k < m * feature.dim; k++) {
          const row = rows.subarray(k * feature.size, (k + 1) * feature.size);
          kernel.applyInto(row, held);
          row.set(held);
        }
      },
    }),
    ...(curvatureInto && {
      curvatureInto: (y: Vec, m: number, g: Vec, x: Vec, out: Vec) => curvatureInto(y, m, turned(g), x, out),
    }),
  };
}
