/** Processes that answer questions, and what the machine did meanwhile. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../truth/reference.js';
import { foreignShare, machineTicks, processTicks, type Ticks } from './arithmetic.js';
import type { Question } from './server.js';

export interface Server {
  readonly name: string;
  ask<A>(question: Question): Promise<A>;
  close(): void;
}

const running = new Map<string, ChildProcess>();

export const closeServers = (): void => {
  for (const child of running.values()) child.kill();
  running.clear();
};

function server(name: string, command: string, args: readonly string[], env: Record<string, string>): Server {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.set(name, child);
  const waiting: { settle: (line: string) => void; fail: (error: Error) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', line => waiting.shift()?.settle(line));
  const failed = (error: Error) => {
    for (const { fail } of waiting.splice(0)) fail(error);
  };
  child.on('error', failed);
  child.stdin.on('error', failed);
  child.on('exit', code => failed(new Error(`server ${name} ended with ${code}`)));
  return {
    name,
    async ask<A>(question: Question) {
      const line = await new Promise<string>((settle, fail) => {
        if (child.exitCode !== null || !child.stdin.writable) return fail(new Error(`server ${name} is not there`));
        waiting.push({ settle, fail });
        child.stdin.write(`${JSON.stringify(question)}\n`);
      });
      return JSON.parse(line) as A;
    },
    close: () => void child.kill(),
  };
}

/** Two, as many as the figures are stated for, where there are two. */
export const THREADS = availableParallelism() > 1 ? [1, 2] : [1];

export const nodeServer = (name: string, tier: string, threads: number, program = process.execPath): Server =>
  server(name, program, [fileURLToPath(new URL('./server.js', import.meta.url))], {
    PGF_TIER: tier,
    PGF_THREADS: String(threads),
  });

export function numpyServer(threads: number): Server {
  const script = fileURLToPath(new URL('spec/bench/numpy_server.py', packageRoot));
  const count = String(threads);
  return server(`numpy-${threads}`, 'python3', [script], {
    OPENBLAS_NUM_THREADS: count,
    OMP_NUM_THREADS: count,
    MKL_NUM_THREADS: count,
    PYTHONDONTWRITEBYTECODE: '1',
  });
}

/** The version of a package that python3 has; null where it has none. */
export function pythonPackage(name: string): string | null {
  const { status, stdout } = spawnSync('python3', ['-c', `import ${name}; print(${name}.__version__)`], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : null;
}

function text(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function ticks(): Ticks | null {
  const machine = text('/proc/stat');
  if (machine === null) return null;
  const own = [process.pid, ...[...running.values()].map(child => child.pid)].map(id => text(`/proc/${id}/stat`));
  return { ...machineTicks(machine), own: own.reduce((sum, s) => sum + (s === null ? 0 : processTicks(s)), 0) };
}

/** What a question is answered with, and the share of the machine that others had meanwhile; NaN where that is not to be known. */
export async function watched<A>(question: () => Promise<A>): Promise<{ answer: A; foreign: number }> {
  const before = ticks();
  const answer = await question();
  const after = ticks();
  return { answer, foreign: before && after ? foreignShare(before, after) : Number.NaN };
}
