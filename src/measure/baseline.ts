/** What every method over measures tells of itself, whatever it does inside. No code but counters. */
import type { Atom, Feature, Problem } from '../types.js';

/** Work done, in units that methods share. */
export interface Work {
  /** Positions at which φ was summed, or paired with a dual vector. */
  readonly positions: number;
  /** Suprema of |η| over the domain. */
  readonly suprema: number;
}

/** A method in the middle. */
export interface Iterate {
  /** How many rounds of the method's own kind are done. */
  readonly round: number;
  /** Null where the measure is known by its moments only. */
  readonly atoms: readonly Atom[] | null;
  /** F of the measure. */
  readonly energy: number;
  /** F − F* is at most this; infinite where nothing is known. */
  readonly gap: number;
  /** Of the problem with the atoms held where they are, where the method solves that one. */
  readonly finiteGap?: number;
  readonly work: Work;
}

/** How a method ended, in its own words. */
export interface Ending {
  readonly ok: boolean;
  readonly words: string;
  /** Numbers that the method alone has, by name. */
  readonly numbers?: Readonly<Record<string, number>>;
}

/** Yields after every round, the start left out; there is no clock in it, and who drives it may stop it at any round. */
export type Baseline = Generator<Iterate, Ending>;

export interface Counter {
  positions: number;
  suprema: number;
}

export const noWork = (): Counter => ({ positions: 0, suprema: 0 });
export const workOf = ({ positions, suprema }: Counter): Work => ({ positions, suprema });

function countedFeature(feature: Feature, counter: Counter): Feature {
  const { pushforwardInto, curvatureInto, jacobianInto, derivativesInto } = feature;
  const counting =
    <A extends [unknown, number, ...unknown[]]>(act: (...args: A) => void) =>
    (...args: A): void => {
      counter.positions += args[1];
      act(...args);
    };
  return {
    ...feature,
    sumInto: counting(feature.sumInto),
    pullbackInto: counting(feature.pullbackInto),
    ...(pushforwardInto && { pushforwardInto: counting(pushforwardInto) }),
    ...(curvatureInto && { curvatureInto: counting(curvatureInto) }),
    ...(jacobianInto && { jacobianInto: counting(jacobianInto) }),
    ...(derivativesInto && { derivativesInto: counting(derivativesInto) }),
  };
}

/** The same problem, with every use of Φ and every supremum counted: the methods beside the flow and the flow itself by one measure. */
export function counted<P extends Problem>(problem: P, counter: Counter): P {
  const { feature, supremum } = problem;
  return {
    ...problem,
    ...(feature && { feature: countedFeature(feature, counter) }),
    ...(supremum && {
      supremum(g: Float64Array) {
        counter.suprema++;
        return supremum(g);
      },
    }),
  };
}
