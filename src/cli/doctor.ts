import { compute, TIERS, type Tier } from '../kernels/compute.js';
import type { Vectors } from '../kernels/engine.js';
import { canShare, processors } from '../kernels/platform.js';
import { failureOfTeam } from '../kernels/team.js';
import { ceilingOf, throughputOf } from '../kernels/throughput.js';
import { errorOf, obstacle, runningTier } from '../kernels/tiers.js';
import { toJson } from '../report/json.js';
import { columns } from '../report/text-table.js';
import { EXIT } from './exit.js';
import { print, version } from './session.js';

/** What one tier does on this machine. */
interface Examined {
  readonly tier: Vectors;
  /** Why it does not run; null where it does. */
  readonly obstacle: string | null;
  /** Relative, against the formulae. */
  readonly error: number | null;
  /** GFLOP/s of products and sums alone, two doubles at a time. */
  readonly ceiling: number | null;
  /** GFLOP/s of a field, by threads. */
  readonly throughput: readonly { readonly threads: number; readonly gflops: number }[];
}

interface Diagnosis {
  readonly version: string;
  readonly engine: string;
  readonly processors: number;
  readonly asked: { readonly tier: Tier; readonly threads: number };
  readonly running: Tier;
  readonly threads: number;
  readonly why: string;
  readonly tiers: readonly Examined[];
}

function examined(tier: Vectors, threads: number, milliseconds: number): Examined {
  const fault = obstacle(tier);
  if (fault !== null) return { tier, obstacle: fault, error: null, ceiling: null, throughput: [] };
  const counts = threads > 1 ? [1, threads] : [1];
  return {
    tier,
    obstacle: null,
    error: errorOf(tier),
    ceiling: ceilingOf(tier, milliseconds),
    throughput: counts.map(count => ({ threads: count, gflops: throughputOf(tier, count, milliseconds) })),
  };
}

function reason(asked: Tier, running: Tier): string {
  if (asked === 'scalar') return 'asked for: the readable TypeScript alone';
  const fault = obstacle(asked);
  if (running !== asked) return `${asked} was asked for, but ${fault}`;
  return asked === 'strict'
    ? 'the same bits on every machine, with any number of threads; --tier fast has fused multiply-add'
    : 'asked for; its last bits are those of this machine';
}

export function diagnosis(milliseconds: number): Diagnosis {
  const asked = compute();
  const [running, threads] = [runningTier(), canShare() ? asked.threads : 1];
  return {
    version: version(),
    engine: `Node ${process.versions.node}, V8 ${process.versions.v8}, ${process.arch}`,
    processors: processors(),
    asked,
    running,
    threads,
    why: reason(asked.tier, running),
    tiers: TIERS.flatMap(tier => (tier === 'scalar' ? [] : [examined(tier, threads, milliseconds)])),
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** The tier, its speed on one thread and on all, each with its share of the ceiling of that many threads, and its error. */
function tierRow({ tier, ceiling, throughput, error }: Examined): string[] {
  const speed = ({ threads, gflops }: Examined['throughput'][number]) =>
    `${gflops.toFixed(1)} (${percent(gflops / ((ceiling ?? Number.NaN) * threads))})`;
  return [tier, ...throughput.map(speed), (ceiling ?? Number.NaN).toFixed(1), (error ?? Number.NaN).toExponential(0)];
}

function tierTable(tiers: readonly Examined[]): string[] {
  const runs = tiers.filter(t => t.obstacle === null);
  const heads = runs[0]?.throughput.map(({ threads }) => (threads === 1 ? '1 thread' : `${threads} threads`)) ?? [];
  return [
    ...(runs.length > 0 ? [columns([['tier', ...heads, 'ceiling', 'error'], ...runs.map(tierRow)])] : []),
    ...tiers.flatMap(t => (t.obstacle === null ? [] : [`${t.tier} does not run: ${t.obstacle}`])),
  ];
}

function diagnosisText(d: Diagnosis): string {
  const failure = failureOfTeam();
  return [
    `pgf ${d.version}, ${d.engine}, ${d.processors} processors`,
    `tier ${d.running}: ${d.why}`,
    `threads: up to ${d.threads} where one evaluation is worth more than asking them${failure ? `; one failed: ${failure.message}` : ''}`,
    '',
    'GFLOP/s of two-layer nets, 64 inputs, 512 particles on 512 rows (share of the ceiling: products and sums alone,',
    'two doubles at a time, on as many threads), and the relative error against the formulae:',
    ...tierTable(d.tiers),
  ].join('\n');
}

/** Long enough for the optimising compiler to have done its work. */
const MILLISECONDS = 300;

/** `pgf doctor`: which kernels run here, why, and how fast. */
export function doctorCommand(flags: { json?: boolean }): number {
  const found = diagnosis(MILLISECONDS);
  print(flags.json ? toJson(found) : diagnosisText(found));
  return EXIT.ok;
}
