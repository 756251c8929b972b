/** What was seen along a run, as one value. */
import { certify, withPolished } from './diagnostics/certificate.js';
import { heldOutAt } from './diagnostics/held-out.js';
import type { Saved } from './diagnostics/save-at.js';
import { sparsity } from './diagnostics/sparsity.js';
import { activeSharpness, type SpectrumAlong } from './diagnostics/spectrum.js';
import { type Instruments, spectrumIsCheap } from './instruments.js';
import { polish } from './measure/polish.js';
import { toRows } from './particles.js';
import type { RunResult } from './results.js';
import { type Experiment, type SolverSpec, stepOf } from './spec.js';
import type { Flow, Outcome, Problem, Vec } from './types.js';

/** Pictures need no more particles than this. */
const PICTURE_PARTICLES = 1000;
const CURVE_POINTS = 1024;

/** Rows for a picture: every k-th particle when there are too many to see. */
function pictureRows(y: Vec, dim: number): number[][] {
  const every = Math.ceil(y.length / dim / PICTURE_PARTICLES);
  return toRows(y, dim).filter((_, i) => i % every === 0);
}

/** η(θ) = the force on the weight at (0, θ), around the circle at state y; null when the domain is something else. */
function curveOf(problem: Problem, flow: Flow, y: Vec): RunResult['curve'] {
  if (!problem.supremum || !problem.penalty?.absolute || problem.dim !== 2 || problem.domain[1].kind !== 'period')
    return null;
  const period = problem.domain[1].period;
  const theta = Array.from({ length: CURVE_POINTS + 1 }, (_, j) => (j * period) / CURVE_POINTS);
  const out = new Float64Array(2 * theta.length);
  flow.forceInto(y, Float64Array.from(theta.flatMap(t => [0, t])), theta.length, out);
  return { theta, eta: theta.map((_, j) => out[2 * j]) };
}

/** Sharpness that steps of η can bear: 2/η for a gradient step, (1 + β) times that with momentum β. */
export function edgeOf({ kind, friction, momentum = 0.9 }: SolverSpec, eta: number): number | undefined {
  if (kind === 'heavy-ball')
    return (2 + 2 * (friction === undefined ? momentum : Math.max(0, 1 - friction * Math.sqrt(eta)))) / eta;
  return ['gd', 'proximal-euler', 'sgd', 'proximal-sgd'].includes(kind) ? 2 / eta : undefined;
}

function spectrumOf(along: SpectrumAlong, m: number, { solver }: Experiment): RunResult['spectrum'] {
  const last = along.radius.at(-1);
  if (last === undefined) return null;
  const eta = solver && !solver.decay ? stepOf(solver, m) : undefined;
  const edge = solver && eta !== undefined ? edgeOf(solver, eta) : undefined;
  return { ...along, ...(edge !== undefined && { edge }), limitStep: 2 / last, limitRate: (2 * m) / last };
}

/** At the times asked for, and at the end. */
function heldOutOf(problem: Problem, m: number, saved: Saved, end: number, y: Vec): Pick<RunResult, 'heldOut'> {
  if (!problem.heldOut) return {};
  const states = saved.t.map((t, k) => [t, saved.states[k]] as const);
  const all = saved.t.at(-1) === end ? states : [...states, [end, y] as const];
  const points = all.flatMap(([t, state]) => heldOutAt(problem, state, m, t) ?? []);
  return { heldOut: { source: problem.heldOut.source, rows: problem.heldOut.feature.size, points } };
}

/** A run too short for the times the spectrum is taken at has that of its end. */
function lookAtEnd(along: SpectrumAlong, flow: Flow, { y, branch }: Instruments['last'], t: number): void {
  const found = activeSharpness(flow, y, branch);
  if (found === null) return;
  along.t.push(t);
  along.radius.push(found.radius);
  along.sharpness.push(found.sharpness);
}

export function summaryOf(
  problem: Problem,
  flow: Flow,
  frozen: Experiment,
  seen: Instruments,
  ended: Outcome,
): RunResult {
  const m = flow.particles;
  const { copies } = problem;
  const { y } = seen.last;
  const [a, saved, paths, along] = [
    seen.audit.finish(ended),
    seen.saved.finish(ended),
    seen.paths.finish(ended),
    seen.spectrum.finish(ended),
  ];
  if (along.t.length === 0 && Number.isFinite(a.energy[0]) && spectrumIsCheap(flow, problem))
    lookAtEnd(along, flow, seen.last, ended.t);
  return {
    spec: frozen,
    outcome: ended,
    series: {
      t: a.t,
      energy: a.energy,
      dissipation: a.dissipation,
      stationarity: a.stationarity,
      ...(a.standardError && { standardError: a.standardError }),
    },
    saved: {
      t: saved.t,
      particles: saved.states.map(s => toRows(s, problem.dim)),
      energy: saved.energy,
      dissipation: saved.dissipation,
      ...(saved.standardError && { standardError: saved.standardError }),
    },
    final: { t: a.t.at(-1) as number, particles: toRows(y, problem.dim) },
    audit: {
      relativeDefect: a.relativeDefect,
      rises: a.rises,
      largestRise: a.largestRise,
      ...(seen.stochastic && { looks: a.t.length - 1 }),
      ...(seen.dynamics && { dynamics: seen.dynamics }),
    },
    certificate: withPolished(
      certify(problem, y, m, a.energy.at(-1) as number),
      ended.ok ? polish(problem, y, m)?.lower : undefined,
    ),
    sparsity: sparsity(problem, y, m),
    convergence: seen.settling.finish(ended),
    verification: null,
    ...(seen.free && { freeEnergy: seen.free.finish(ended) }),
    ...heldOutOf(problem, m, saved, a.t.at(-1) as number, y),
    domain: problem.domain,
    ...(copies && { copies: Array.from({ length: m }, (_, i) => copies(i)) }),
    spectrum: spectrumOf(along, m, frozen),
    events: seen.events,
    paths: { t: paths.t, particles: paths.states.map(s => pictureRows(s, problem.dim)) },
    curve: curveOf(problem, flow, y),
    notes: [],
    warnings: [],
  };
}
