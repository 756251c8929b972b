/** The bits that the kernels give, as text: for Node and for a page, so it imports nothing that a page would not find. */
import { circle } from '../../src/kernels/circular-field.js';
import { setCompute } from '../../src/kernels/compute.js';
import { taskCountOfOthers } from '../../src/kernels/team.js';
import { runningTier } from '../../src/kernels/tiers.js';
import { torus } from '../../src/kernels/torus-field.js';
import { twoLayerField } from '../../src/kernels/two-layer.js';
import type { FusedField, Loss, Vec } from '../../src/types.js';

/** Numbers in [−1, 1] by products and remainders alone, which every engine rounds alike. */
const scattered = (count: number, stride: number): Vec =>
  Float64Array.from({ length: count }, (_, i) => 2 * ((stride * (i + 1)) % 1) - 1);

/** Fowler, Noll & Vo's hash (1a, 32 bits) of the bytes of doubles. */
function hash(numbers: Vec): string {
  let h = 0x811c9dc5;
  for (const byte of new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
    h = Math.imul(h ^ byte, 0x01000193);
  return (h >>> 0).toString(16);
}

const lossOf = (kind: 'square' | 'logistic', n: number): Loss => ({
  name: kind,
  terms: { kind, targets: scattered(n, 0.7548776662).map(x => (kind === 'square' ? x : Math.sign(x))), scale: n },
  value: () => Number.NaN,
  gradientInto: () => undefined,
});

/** |f − t|²/2 by its formula. */
function squareTo(targets: Vec): Loss {
  return {
    name: 'square',
    value: f => f.reduce((sum, x, k) => sum + (x - targets[k]) ** 2 / 2, 0),
    gradientInto: (f, out) => out.set(f.map((x, k) => x - targets[k])),
  };
}

/** Spikes on the circle and on the torus, in one block and in several, with transforms that are divided and that are not. */
const SPIKES: readonly (readonly [d: 1 | 2, K: number, m: number])[] = [
  [1, 7, 10],
  [1, 15, 1000],
  [1, 60, 4001],
  [2, 7, 33],
  [2, 15, 1001],
  [2, 40, 600],
];

export interface Digest {
  readonly tier: string;
  /** Of the forces and of R, in fixed order. */
  readonly bits: string;
  /** Tasks that other threads took. */
  readonly others: number;
}

/** The hash of force and R, some times over so that threads get their turn. */
async function hashOf(field: FusedField, y: Vec): Promise<string[]> {
  const out = new Float64Array(y.length);
  let value = 0;
  for (let i = 0; i < 5; i++) {
    value = field.forceInto(y, out);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  return [hash(out), hash(Float64Array.of(value))];
}

/** Every activation and loss in the plane and on many inputs, in both precisions, then spikes, in the strict tier. */
export async function digest(threads: number): Promise<Digest> {
  setCompute({ tier: 'strict', threads });
  const found: string[] = [];
  for (const [d, n, m] of [
    [2, 900, 300],
    [3, 801, 301],
    [20, 501, 203],
  ])
    for (const activation of ['relu', 'sigmoid', 'tanh'] as const)
      for (const kind of ['square', 'logistic'] as const) {
        const net = { activation, rows: n, columns: d, values: scattered(n * d, 0.6180339887) };
        for (const precision of ['double', 'single'] as const) {
          const field = twoLayerField(net, m, lossOf(kind, n), 'strict', undefined, precision);
          found.push(...(await hashOf(field, scattered(m * (d + 1), 0.5698402909))));
        }
      }
  for (const [d, K, m] of SPIKES) {
    const loss = squareTo(scattered((2 * K + 1) ** d, 0.7548776662));
    const field = d === 1 ? circle(K)(m, loss) : torus(K, 1)(m, loss);
    if (field) found.push(...(await hashOf(field, scattered(m * (d + 1), 0.5698402909))));
  }
  return { tier: runningTier(), bits: found.join(' '), others: taskCountOfOthers() };
}
