/** How kernels compute: what a program, its flags or its environment ask for, and what this machine has. */
import { canShare, environment, processors } from './platform.js';

/** scalar: TypeScript alone. strict: vectors, the same bits everywhere. fast: with fused multiply-add, whose last bits are the machine's. */
export const TIERS = ['scalar', 'strict', 'fast'] as const;
export type Tier = (typeof TIERS)[number];

export interface Compute {
  readonly tier: Tier;
  /** Threads for one evaluation, this one among them, where it is worth more than one; they change no bit. */
  readonly threads: number;
}

const isTier = (text: string | undefined): text is Tier => TIERS.some(tier => tier === text);

function initial(): Compute {
  const [tier, threads] = [environment('PGF_TIER'), Number(environment('PGF_THREADS'))];
  return {
    tier: isTier(tier) ? tier : 'strict',
    threads: Number.isSafeInteger(threads) && threads > 0 ? threads : processors(),
  };
}

let chosen: Compute | undefined;

export const compute = (): Compute => (chosen ??= initial());

/** For the fields opened from now on. */
export function setCompute(change: Partial<Compute>): void {
  chosen = { ...compute(), ...change };
}

/** Threads for a field of which one evaluation takes that many nanoseconds on one. */
export function threadsFor(nanoseconds: number): number {
  return nanoseconds > WORTHWHILE && canShare() ? compute().threads : 1;
}
/** To ask sleeping threads costs some 20 µs. */
const WORTHWHILE = 60e3;
