import picocolors from 'picocolors';
import type { Progress } from '../instruments.js';

const WIDTH = 10;
const PLAIN_SHARE = 0.1;
const PLAIN_MS = 30_000;

const short = (x: number): string => (Number.isFinite(x) ? String(Number(x.toPrecision(3))) : '–');

/** One line: where the run is, not only how far. */
export function progressLine(p: Progress, seconds: number): string {
  const share = p.end > 0 ? Math.min(1, p.t / p.end) : 1;
  const bar = '#'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '-');
  const left = share > 0.02 && share < 1 ? `  ~${short((seconds * (1 - share)) / share)} s` : '';
  const head = `${p.label ?? 'flow'} ${bar} t ${short(p.t)}/${short(p.end)}`;
  if (p.steps === 0) return head + left;
  return `${head}  h ${short(p.h)}  F ${short(p.energy)}  |u'| ${short(p.stationarity)}  steps ${p.steps} (${p.rejected} rej)  energy ${short(p.defect)}${left}`;
}

/** A line that is rewritten on a terminal; plain lines, each tenth or half minute, elsewhere. All on standard error. */
export function progressOn(stream: NodeJS.WriteStream, wanted: boolean): { show(p: Progress): void; clear(): void } {
  if (!wanted) return { show: () => {}, clear: () => {} };
  const terminal = stream.isTTY && process.env.TERM !== 'dumb';
  const colors = picocolors.createColors(terminal && !process.env.NO_COLOR);
  let [label, since, shownAt, shownShare] = ['', performance.now(), 0, -1];
  return {
    show(p) {
      const now = performance.now();
      if ((p.label ?? '') !== label) [label, since, shownShare] = [p.label ?? '', now, -1];
      const line = progressLine(p, (now - since) / 1e3);
      if (terminal) {
        stream.write(`\r\u001b[2K${colors.dim(line.slice(0, (stream.columns ?? 100) - 1))}`);
        return;
      }
      const share = p.end > 0 ? p.t / p.end : 1;
      if (share - shownShare < PLAIN_SHARE && now - shownAt < PLAIN_MS) return;
      [shownShare, shownAt] = [share, now];
      stream.write(`${line}\n`);
    },
    clear: () => {
      if (terminal) stream.write('\r\u001b[2K');
    },
  };
}

/** How many of the pictures of a film are drawn, rewritten on a terminal; nothing elsewhere. */
export function drawingOn(
  stream: NodeJS.WriteStream,
  wanted: boolean,
): { show(done: number, all: number): void; clear(): void } {
  const seen = wanted && stream.isTTY && process.env.TERM !== 'dumb';
  return {
    show(done, all) {
      const bar = '#'.repeat(Math.round((done / all) * WIDTH)).padEnd(WIDTH, '-');
      if (seen) stream.write(`\r\u001b[2Kdrawing ${bar} frame ${done}/${all}`);
    },
    clear() {
      if (seen) stream.write('\r\u001b[2K');
    },
  };
}
