/** One-step methods under one name: which of them takes the next step is decided by how stiff the flow shows itself to be. */
import { radiusByProducts } from './power-iteration.js';
import { guarding, type Net } from './safety-net.js';
import type { Attempt, Attempting, Choice, Stepper, Surroundings, Traits, Vec } from './types.js';

/**
 * The region of stability of order 5 meets the negative axis at 3.3: a step bound by it rides there, at tight tolerances, where remains of
 * the stiff modes weigh, between 3.1 and 3.25.
 */
const STIFF = { above: 3, steps: 15 } as const;
/** h·ρ below which a stiff method pays for nothing; each return must be earned by twice as many steps as the one before. */
const MILD = { below: 2, steps: 10 } as const;
/** A Jacobian with its factorisation, in evaluations, that a linearly implicit method may cost. */
const DEAR = 50;
/** The rtol from which on the higher order pays: at 1e-6 it costs 0.7 to 1.1 times as much. */
const TIGHT = 1e-6;

export interface Methods {
  readonly name: string;
  /** For flows that are not stiff; its attempts say how stiff they were. */
  readonly explicit: Stepper;
  /** For stiff ones with an affordable Jacobian, and the same for tight tolerances. */
  readonly implicit: Stepper;
  readonly tight: Stepper;
  /** For stiff ones without. */
  readonly stabilised: Stepper;
  /** Takes one step where the others are refused again and again, or let F rise: a method that always descends. */
  readonly net?: Net;
}

interface State {
  method: string;
  /** Steps for a change, less those against it. */
  count: number;
  patience: number;
  choices: readonly Choice[];
}

interface Saved extends State {
  readonly radius: unknown;
  readonly memory?: unknown;
  readonly guard?: unknown;
}

/** The method for stiff stretches, and the reason for it. */
function stiffMethod(methods: Methods, { rtol, jacobianCost }: Traits): readonly [Stepper, string] {
  if (jacobianCost <= DEAR) {
    const cost = `its Jacobian costs about ${Math.ceil(jacobianCost)} evaluations`;
    return rtol <= TIGHT ? [methods.tight, `${cost}, and rtol ≤ ${TIGHT}`] : [methods.implicit, cost];
  }
  if (jacobianCost === Number.POSITIVE_INFINITY) return [methods.stabilised, 'there is no Jacobian to factorise'];
  return [methods.stabilised, `a Jacobian costs about ${Math.ceil(jacobianCost)} evaluations, more than ${DEAR}`];
}

/** Counts the steps that speak for a change. Null: none yet; else why. */
function judged(state: State, explicitly: boolean, stiffness: number): string | null {
  const speaks = explicitly ? stiffness > STIFF.above : stiffness < MILD.below;
  state.count = Math.max(0, state.count + (speaks ? 1 : -1));
  if (state.count < (explicitly ? STIFF.steps : state.patience)) return null;
  if (explicitly) return `h·ρ > ${STIFF.above} in ${STIFF.steps} net steps`;
  const why = `h·ρ < ${MILD.below} in ${state.patience} net steps`;
  state.patience *= 2;
  return why;
}

/** The spectral radius where the Jacobian is at hand, by one product a step. */
function radiusAt(length: number, { linearise }: Surroundings) {
  const { next, ...memory } = radiusByProducts(length);
  let [last, rho]: [Vec | undefined, number] = [undefined, 0];
  return {
    ...memory,
    at(y: Vec, v: Vec): number {
      if (last !== y) rho = next(linearise(y, v));
      last = y;
      return rho;
    },
  };
}

/** Attempts of the methods under one memory. */
function chooser(methods: Methods, length: number, around: Surroundings, traits: Traits): Attempting {
  const { explicit, net } = methods;
  const [stiff, reason] = stiffMethod(methods, traits);
  // Such a flow is mild for some tens of steps, until the weights have grown; to leave the implicit method for them was measured to
  // cost 1.3 to 2 times as many evaluations, at every tolerance.
  const forGood = traits.sparse && stiff.implicit === true;
  let stepper = forGood ? stiff : explicit;
  const first = forGood ? `V = β|w| makes positions stiff; ${reason}` : 'not known to be stiff';
  const state: State = {
    method: stepper.name,
    count: 0,
    patience: MILD.steps,
    choices: [{ t: 0, method: stepper.name, why: first }],
  };
  let inner = stepper.start(length, around);
  let radius = radiusAt(length, around);
  const take = (to: Stepper) => {
    stepper = to;
    state.method = to.name;
    inner = to.start(length, around);
    radius = radiusAt(length, around);
  };
  const guard = guarding(net, length, around);
  const attempt: Attempting = (rhs, h, y, v) => {
    const rescue = guard?.attempt(rhs, h, y, v);
    if (rescue) return rescue;
    const taken = inner(rhs, h, y, v);
    if (forGood || !stepper.implicit) return taken;
    // The velocity at the end of an implicit step is evaluated when it is asked for, and must stay so.
    return Object.assign(Object.create(taken) as Attempt, { stiffness: h * radius.at(y, v) });
  };
  const memory = {
    save: (): Saved => ({
      ...state,
      radius: radius.save(),
      ...(inner.memory && { memory: inner.memory.save() }),
      ...(guard && { guard: guard.save() }),
    }),
    restore(saved: unknown) {
      const { radius: direction, memory: own, guard: watched, ...rest } = saved as Saved;
      guard?.restore(watched);
      Object.assign(state, rest);
      take(rest.method === stiff.name ? stiff : explicit);
      inner.memory?.restore(own);
      radius.restore(direction);
    },
  };
  const accepted = (taken: Attempt, t: number): boolean => {
    if (guard?.accepted(taken, t)) return true;
    const { stiffness } = taken;
    const explicitly = stepper === explicit;
    const why = forGood || stiffness === undefined ? null : judged(state, explicitly, stiffness);
    if (why === null) return false;
    take(explicitly ? stiff : explicit);
    state.count = 0;
    state.choices = [...state.choices, { t, method: stepper.name, why: explicitly ? `${why}; ${reason}` : why }];
    return true;
  };
  return Object.assign(attempt, {
    memory,
    release: () => inner.release?.(),
    choosing: { current: () => stepper, choices: () => state.choices, rescues: () => guard?.rescues(), accepted },
  });
}

/**
 * Begins with the explicit method; changes to the stiff one after 15 net steps with h·ρ > 3 (Hairer & Wanner II (1996), IV.2), and
 * back after 10 with h·ρ < 2. Where V has a term β|w| and the Jacobian is affordable, the implicit method from the start.
 */
export const choosing = (methods: Methods): Stepper => ({
  name: methods.name,
  order: methods.explicit.order,
  errorOrder: methods.explicit.errorOrder,
  chooses: true,
  start(length, around) {
    if (!around?.traits) throw new TypeError(`${methods.name} needs to know the field it chooses for`);
    return chooser(methods, length, around, around.traits);
  },
});
