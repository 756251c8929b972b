/** Ends of flows of networks that are certified global, and the dual value worked out once more by plain loops over many places. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reluPenalised, sigmoidBox, twoCopies } from '../problems/presets/index.js';
import { resolveExperiment } from '../src/resolve.js';
import type { RunResult } from '../src/results.js';
import { runStudy } from '../src/study.js';

const certified = suite('certified ends');

async function ended(value: { readonly name: string }): Promise<RunResult> {
  const { experiment } = resolveExperiment({ value, source: value.name, locate: () => undefined });
  return (await runStudy(experiment, { version: '', node: '', command: '' })).runs[0];
}

type Place = readonly [number, number];
const product = (a: Place, b: Place): number => a[0] * b[0] + a[1] * b[1];
const relu = (z: number): number => Math.max(0, z);
const logistic = (z: number): number => 1 / (1 + Math.exp(-z));
const signedSquare = (x: number): number => x * Math.abs(x);

/** Every particle as a mass at a place, φ at a place, and places so dense that |η| between them differs by no more than rounding. */
interface Net {
  readonly unit: (z: number) => number;
  /** What |η| may be. */
  readonly price: number;
  readonly atoms: readonly { readonly mass: number; readonly at: Place }[];
  /** The largest of a function over the places. */
  most(eta: (at: Place) => number): number;
}

/** The largest value over a rectangle: the best of a grid, again and again around it. */
function zoomed(value: (at: Place) => number, [from, to]: readonly [Place, Place]): number {
  let [low, high, best] = [from, to, 0];
  for (let level = 0; level < 7; level++) {
    const n = level === 0 ? 240 : 24;
    let at = low;
    best = 0;
    for (let i = 0; i <= n; i++)
      for (let j = 0; j <= n; j++) {
        const p: Place = [low[0] + ((high[0] - low[0]) * i) / n, low[1] + ((high[1] - low[1]) * j) / n];
        const v = value(p);
        if (v > best) [best, at] = [v, p];
      }
    const side = [0, 1].map(k => (2 * (high[k] - low[k])) / n);
    [low, high] = [
      [Math.max(from[0], at[0] - side[0]), Math.max(from[1], at[1] - side[1])],
      [Math.min(to[0], at[0] + side[0]), Math.min(to[1], at[1] + side[1])],
    ];
  }
  return best;
}

/** Directions, those where a unit switches among them. */
function around(X: readonly Place[], length: (p: Place) => number): readonly Place[] {
  const even = Array.from(
    { length: 40_000 },
    (_, k): Place => [Math.cos(k * Math.PI * 5e-5), Math.sin(k * Math.PI * 5e-5)],
  );
  const corners: Place[] = [[1, 0], [0, 1], ...X.map(([a, b]): Place => [-b, a])];
  return [
    ...even,
    ...corners.flatMap(([a, b]): Place[] => [
      [a, b],
      [-a, -b],
    ]),
  ].map(p => [p[0] / length(p), p[1] / length(p)]);
}

/** F and the best dual value α⟨q, y⟩ − λn α²|q|²/2 with α sup |η| ≤ price, q = (y − f)/(λn). */
function bounds(run: RunResult, netOf: (X: readonly Place[], particles: readonly number[][]) => Net) {
  const { data, lambda = 1 } = run.spec.problem as unknown as { data: { X: Place[]; y: number[] }; lambda?: number };
  const { X, y } = data;
  const { unit, price, atoms, most } = netOf(X, run.final.particles as number[][]);
  const f = X.map(x =>
    atoms.reduce((sum, a) => sum + (a.mass * unit(product(a.at, x))) / run.final.particles.length, 0),
  );
  const scale = lambda * y.length;
  const q = y.map((v, k) => (v - f[k]) / scale);
  const sup = most(at => Math.abs(X.reduce((sum, x, k) => sum + q[k] * unit(product(at, x)), 0)));
  const [qy, qq] = [q.reduce((sum, v, k) => sum + v * y[k], 0), q.reduce((sum, v) => sum + v * v, 0)];
  const alpha = Math.min(price / sup, qy / (scale * qq));
  const V = (price * atoms.reduce((sum, a) => sum + Math.abs(a.mass), 0)) / run.final.particles.length;
  return { F: (scale * qq) / 2 + V, dual: alpha * qy - (scale * alpha * alpha * qq) / 2 };
}

const cases: readonly [typeof reluPenalised | typeof sigmoidBox | typeof twoCopies, Parameters<typeof bounds>[1]][] = [
  [
    reluPenalised,
    (X, particles) => ({
      unit: relu,
      // w² + |θ|² ≥ 2|w||θ|, with equality at the end.
      price: 2 * reluPenalised.problem.penalty.beta,
      atoms: particles.map(([w, a, b]) => ({
        mass: w * Math.hypot(a, b),
        at: [a / Math.hypot(a, b), b / Math.hypot(a, b)],
      })),
      most: eta => Math.max(...around(X, p => Math.hypot(...p)).map(eta)),
    }),
  ],
  [
    twoCopies,
    (X, particles) => ({
      unit: relu,
      price: twoCopies.problem.penalty.beta,
      // The two copies alternate.
      atoms: particles.map(([a, b], i) => {
        const mass = a * a + b * b;
        return { mass: i % 2 === 0 ? mass : -mass, at: [signedSquare(a) / mass, signedSquare(b) / mass] };
      }),
      most: eta => Math.max(...around(X, ([a, b]) => Math.abs(a) + Math.abs(b)).map(eta)),
    }),
  ],
  [
    sigmoidBox,
    (_, particles) => ({
      unit: logistic,
      price: sigmoidBox.problem.penalty.beta,
      atoms: particles.map(([mass, a, b]) => ({ mass, at: [a, b] })),
      most: eta =>
        zoomed(eta, [
          [-3, -3],
          [3, 3],
        ]),
    }),
  ],
];

for (const [preset, netOf] of cases)
  certified(`${preset.name}: a gap of at most 1e-8 relative, and the same by plain loops`, async () => {
    const run = await ended(preset);
    const { verdict, decidedBy, proof, primal, dual, gap } = run.certificate;
    assert.equal([verdict, decidedBy, proof, run.outcome.ok], ['global-within-gap', 'gap', true, true]);
    assert.ok(gap >= 0 && gap <= 1e-8 * primal, `gap ${gap} of ${primal}`);
    const found = bounds(run, netOf);
    assert.ok(Math.abs(found.F - primal) <= 1e-9 * primal, `F = ${found.F}, not ${primal}`);
    assert.ok(Math.abs(found.dual - dual) <= 2e-8 * primal, `dual ${found.dual}, not ${dual}`);
  });

certified.run();
