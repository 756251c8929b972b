/** How kernels compute: what a program, its flags or its environment ask for, and what this machine has. */
import { canShare, environment, processors } from './platform.js';

/**
 * scalar: TypeScript alone. strict: vectors, the same bits everywhere. fast: with fused multiply-add, whose last bits are the machine's.
 * wide: fast, where V8 joins pairs of vectors into one of four doubles (an experiment of Node 24 and later on processors with AVX2).
 */
export const TIERS = ['scalar', 'strict', 'fast', 'wide'] as const;
export type Tier = (typeof TIERS)[number];

export interface Compute {
  readonly tier: Tier;
  /** Threads for one evaluation, this one among them, where it is worth more than one; they change no bit. */
  readonly threads: number;
}

export const MOST_THREADS = 64;

/** A sentence on what is wrong with a number of threads or a tier, as text. */
export function threadsFault(text: string): string | null {
  const threads = Number(text);
  return Number.isSafeInteger(threads) && threads >= 1 && threads <= MOST_THREADS
    ? null
    : `threads must be a whole number from 1 to ${MOST_THREADS}, found ${text}`;
}
export const tierFault = (text: string): string | null =>
  TIERS.some(tier => tier === text) ? null : `a tier is one of ${TIERS.join(', ')}, found ${text}`;

/** @throws RangeError where the environment asks for what there is not. */
function initial(): Compute {
  const [tier = 'strict', threads = `${Math.min(processors(), MOST_THREADS)}`] = ['PGF_TIER', 'PGF_THREADS'].map(
    environment,
  );
  const fault = tierFault(tier) ?? threadsFault(threads);
  if (fault) throw new RangeError(fault);
  return { tier: tier as Tier, threads: Number(threads) };
}

let chosen: Compute | undefined;

export const compute = (): Compute => (chosen ??= initial());

/** For the fields opened from now on. */
export function setCompute(change: Partial<Compute>): void {
  chosen = { ...compute(), ...change };
}

/** To ask a thread that sleeps costs some 20 µs, one that is awake 1 µs. */
const SHARE = 15e3;
const SHARE_AWAKE = 6e3;

const shares = (nanoseconds: number, share: number): number =>
  canShare() ? Math.max(1, Math.min(compute().threads, Math.floor(nanoseconds / share))) : 1;

/** Threads for a field of which one evaluation takes that many nanoseconds on one: each has a share that is worth asking it. */
export const threadsFor = (nanoseconds: number): number => shares(nanoseconds, SHARE);

/** The same for fields that are evaluated often, and whether a thread that sleeps is worth waking for one evaluation. */
export function awakeThreadsFor(nanoseconds: number): { threads: number; wakes: boolean } {
  return { threads: shares(nanoseconds, SHARE_AWAKE), wakes: nanoseconds >= 2 * SHARE };
}
