/** What the benchmark computes from the times it has taken. */

/** The middle one, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The straight line through (log x, log y) by least squares: its slope, and the largest factor between a point and the line. */
export function logLogFit(x: readonly number[], y: readonly number[]): { slope: number; factor: number } {
  const [a, b] = [x.map(Math.log), y.map(Math.log)];
  const [p, q] = [a, b].map(values => values.reduce((s, v) => s + v, 0) / values.length);
  const slope = a.reduce((s, v, i) => s + (v - p) * (b[i] - q), 0) / a.reduce((s, v) => s + (v - p) * (v - p), 0);
  return { slope, factor: Math.exp(Math.max(...a.map((v, i) => Math.abs(b[i] - q - slope * (v - p))))) };
}

/** Ticks since the machine started: of all its processors, of these the busy ones, and those of our own processes. */
export interface Ticks {
  readonly all: number;
  readonly busy: number;
  readonly own: number;
}

/** The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already. */
export function machineTicks(stat: string): Omit<Ticks, 'own'> {
  const [user, nice, system, idle, wait, irq, soft, steal] = stat
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1, 9)
    .map(Number);
  const busy = user + nice + system + irq + soft + steal;
  return { all: busy + idle + wait, busy };
}

/** utime and stime in /proc/PID/stat; the name before them may hold blanks and brackets. */
export function processTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** The share of the machine that others had in between, 0 to 1; NaN where no tick has passed. */
export function foreignShare(before: Ticks, after: Ticks): number {
  const others = after.busy - before.busy - (after.own - before.own);
  return Math.min(1, Math.max(0, others / (after.all - before.all)));
}

export type Verdict = 'met' | 'MISSED' | '';

/** Whether a figure keeps its mark: at least that, or at most. NaN never does. */
export function verdict(figure: number, mark: { readonly least?: number; readonly most?: number }): Verdict {
  const { least, most } = mark;
  if (least === undefined && most === undefined) return '';
  return figure >= (least ?? figure) && figure <= (most ?? figure) ? 'met' : 'MISSED';
}

/** Of the ratio recorded, what a machine at work on other things must still show. */
export const SLACK = 0.6;

/** The next of a fixed order by chance: `uniform` in [0, 1). */
export function shuffled<T>(items: readonly T[], uniform: () => number): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}
