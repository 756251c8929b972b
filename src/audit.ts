/**
 * Independent checks of a finished run: from its stored states, not from what it said about itself.
 */
import { certify, withPolished } from './diagnostics/certificate.js';
import { optimality } from './diagnostics/optimality.js';
import { flowOf } from './flow.js';
import { polish } from './measure/polish.js';
import { fromRows } from './particles.js';
import type { Certificate, RunResult } from './results.js';
import { settingOf } from './run.js';
import type { Problem, Vec } from './types.js';

export interface Check {
  readonly name: string;
  /** Null: reported, not judged. */
  readonly ok: boolean | null;
  readonly found: string;
  readonly allowed: string;
}

export interface AuditReport {
  readonly particles: number;
  readonly checks: readonly Check[];
  readonly certificate: Certificate;
  readonly ok: boolean;
}

/** Stored states and F agree to this share of F(0): a few roundings of a sum. */
const RECOMPUTED = 1e-12;

const show = (x: number): string => (Number.isFinite(x) ? x.toExponential(2) : String(x));

const atMost = (name: string, found: number, allowed: number): Check => ({
  name,
  ok: found <= allowed,
  found: show(found),
  allowed: `≤ ${show(allowed)}`,
});

const reported = (name: string, found: number, why: string): Check => ({
  name,
  ok: null,
  found: show(found),
  allowed: `reported: ${why}`,
});

/** Largest difference between the stored F and F of the stored particles, relative to F(0). */
function energyError(run: RunResult, scale: number): number {
  const { problem } = settingOf(run.spec);
  const states = [...run.saved.particles, run.final.particles];
  const energies = [...run.saved.energy, run.series.energy.at(-1) ?? Number.NaN];
  return states.reduce((worst, rows, k) => {
    const error = Math.abs(flowOf(problem, rows.length).energy(fromRows(rows, problem.dim)) - energies[k]) / scale;
    return Math.max(worst, error);
  }, 0);
}

/** max |F + D − F(0)| and the largest rise, from the stored series. */
function identity({ series }: RunResult, scale: number): { defect: number; rise: number } {
  const { energy, dissipation } = series;
  let [defect, rise] = [0, 0];
  for (let i = 1; i < energy.length; i++) {
    const d = Math.abs(energy[i] + dissipation[i] - energy[0]) / scale;
    defect = Math.max(defect, d);
    const r = (energy[i] - energy[i - 1]) / scale;
    rise = Math.max(rise, r);
  }
  return { defect, rise };
}

/** A place, as an angle where places are directions of the plane. */
const placeWords = (at: Vec, directions: boolean): string =>
  directions && at.length === 2
    ? `at angle ${((Math.atan2(at[1], at[0]) * 180) / Math.PI).toFixed(2)}°`
    : `at (${Array.from(at.subarray(0, 4), x => x.toPrecision(4)).join(', ')}${at.length > 4 ? ', …' : ''})`;

/** Proposition 3.1 (Chizat & Bach 2018) in numbers; what the certificate makes of them is its own line. */
function proposition(problem: Problem, y: Vec, m: number): Check[] {
  const found = optimality(problem, y, m);
  if (!found) return [];
  const { least, supremum, spikes, onSupport } = found;
  const where = placeWords(supremum.at, spikes.directions === true);
  return [
    {
      name: 'least F′(μ) over spikes of mass 1',
      ok: null,
      found: `${show(least)} ${where}, where |⟨R′(f), φ⟩| = ${show(supremum.value)}`,
      allowed: `reported: ≥ 0 at a minimum; ${supremum.method}`,
    },
    {
      name: 'largest |F′(μ)| on the support',
      ok: null,
      found: show(onSupport),
      allowed: 'reported: 0 at a minimum',
    },
  ];
}

export interface AuditOptions {
  /**
   * Allowed relative defect of the energy identity; default 10 × rtol. For a method of fixed step the defect is the price of the step
   * and is only reported, unless a tolerance is given.
   */
  readonly tolerance?: number;
  /** Whether an end that is not certified global fails. */
  readonly global?: boolean;
}

/** Checks a run from what it stored. */
export function auditRun(run: RunResult, { tolerance, global = false }: AuditOptions = {}): AuditReport {
  const { problem } = settingOf(run.spec);
  const rtol = run.spec.solver?.rtol;
  const start = Math.abs(run.series.energy[0] ?? Number.NaN);
  const scale = start > 0 ? start : 1;
  const { defect, rise } = identity(run, scale);
  const allowed = tolerance ?? (rtol === undefined ? undefined : 10 * rtol);
  const noisy = run.audit.looks !== undefined || run.audit.dynamics === 'noisy';
  const departs = run.audit.dynamics !== undefined;
  const rows = run.final.particles;
  const y = fromRows(rows, problem.dim);
  const certificate = withPolished(
    certify(problem, y, rows.length, flowOf(problem, rows.length).energy(y)),
    polish(problem, y, rows.length)?.lower,
  );
  const checks: Check[] = [
    { name: 'outcome', ok: run.outcome.ok, found: run.outcome.code, allowed: 'end, stationary or stopped' },
    atMost('stored F against recomputed F', energyError(run, scale), RECOMPUTED),
    noisy
      ? reported('energy identity, relative defect', defect, 'none holds for noisy steps')
      : departs
        ? reported('energy identity, relative defect', defect, `none holds for ${run.audit.dynamics} steps`)
        : allowed === undefined
          ? reported('energy identity, relative defect', defect, 'of the order of the step')
          : atMost('energy identity, relative defect', defect, allowed),
    noisy || departs
      ? reported('largest rise of F, relative', rise, `${run.audit.dynamics ?? 'noisy'} steps go up too`)
      : atMost('largest rise of F over one step, relative', rise, rtol ?? RECOMPUTED),
    ...proposition(problem, y, rows.length),
    {
      name: 'certificate',
      ok: global ? certificate.verdict === 'global-within-gap' : null,
      found: `${certificate.verdict}, gap ${show(Math.min(certificate.gap, certificate.polishedGap ?? certificate.gap))}`,
      allowed: global ? 'global-within-gap' : 'reported',
    },
  ];
  return { particles: rows.length, checks, certificate, ok: checks.every(c => c.ok !== false) };
}
