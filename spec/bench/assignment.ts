/** `node dist/spec/bench/assignment.js`: the assignment of W₂ beside the munkres package, in turns; exit 1 where it is slower or dearer. */
import { munkres } from 'munkres';
import { assign } from '../../src/math/assignment.js';
import { squaredDistances } from '../../src/math/ground.js';
import { random } from '../../src/math/random.js';
import type { Domain, Vec } from '../../src/types.js';

const STRIP: Domain = [
  { name: 'weight', kind: 'line' },
  { name: 'position', kind: 'period', period: 1 },
];
const TURNS = 5;
/** Timings of one machine in one run differ by this much for equal work. */
const SLACK = 1.1;

function costs(n: number, seed: string): Vec {
  const stream = random(seed, 'clouds');
  const cloud = () => Float64Array.from({ length: 2 * n }, () => stream.uniform());
  const row = squaredDistances(STRIP, cloud(), cloud());
  const cost = new Float64Array(n * n);
  for (let i = 0; i < n; i++) row(i, cost.subarray(i * n, (i + 1) * n));
  return cost;
}

/** Milliseconds of the processor, which other processes do not lengthen much. */
function spent<T>(work: () => T): [number, T] {
  const before = process.cpuUsage();
  const result = work();
  return [process.cpuUsage(before).user / 1e3, result];
}

const median = (list: number[]): number => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

function compare(n: number): boolean {
  const [own, theirs]: [number[], number[]] = [[], []];
  let worst = 0;
  for (let k = 0; k < TURNS; k++) {
    const cost = costs(n, `turn ${k}`);
    const rows = Array.from({ length: n }, (_, i) => cost.slice(i * n, (i + 1) * n));
    const [first, { total, bound }] = spent(() => assign(cost, n));
    const [second, pairs] = spent(() => munkres(rows));
    const other = pairs.reduce((sum, [i, j]) => sum + cost[i * n + j], 0);
    own.push(first);
    theirs.push(second);
    worst = Math.max(worst, Math.abs(total - other) / total, Math.abs(total - bound) / total);
  }
  const [a, b] = [median(own), median(theirs)];
  console.log(
    `m = ${n}: ${a.toFixed(0)} ms, munkres ${b.toFixed(0)} ms (medians of ${TURNS}); totals and bound agree to ${worst.toExponential(1)}`,
  );
  return a <= SLACK * b && worst < 1e-12;
}

compare(200);
process.exitCode = [500, 2000].map(compare).every(Boolean) ? 0 : 1;
