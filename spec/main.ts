/**
 * Runs the compiled specs, `node dist/spec/main.js [pattern]`: one process per `*.spec.js`, failures as uvu prints them, and as last
 * line `N passed, N failed`. Exit code 1 if anything failed, if nothing ran, or if a file would be passed over in silence: uvu counts
 * neither a suite without `.run()` nor what a forgotten `.only` leaves out.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const SPECS = fileURLToPath(new URL('.', import.meta.url));
/** A spec file that takes longer hangs. */
const LIMIT_SECONDS = 600;

interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly said: string;
}

const failure = (said: string, passed = 0, failed = 1): Result => ({ passed, failed, said });

/** What uvu would keep quiet about. */
function omissions(source: string): string[] {
  const named = [...source.matchAll(/^const (\w+) = suite\(/gm)].map(m => m[1]);
  const common = /^import \{[^}]*\btest\b[^}]*\} from 'uvu'/m.test(source) ? ['test'] : [];
  const suites = [...named, ...common];
  const runs = (name: string) => new RegExp(`^${name}\\.run\\(\\)`, 'm').test(source);
  return [
    ...(suites.length === 0 ? ['it has no suite of uvu'] : []),
    ...suites.filter(name => !runs(name)).map(name => `it never calls ${name}.run()`),
    ...suites
      .filter(name => new RegExp(`^\\s*${name}\\.only\\(`, 'm').test(source))
      .map(name => `${name}.only() leaves out the other tests`),
  ];
}

/** Counts of a finished process from the summary of uvu, the last one it printed. */
function resultOf(said: string, code: number | null, hung: boolean): Result {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  const plain = said.replace(/\x1b\[[0-9;]*m/g, '');
  const summary = [...plain.matchAll(/^ {2}Total: +(\d+)\n {2}Passed: +(\d+)$/gm)].at(-1);
  const [total, passed] = summary ? [Number(summary[1]), Number(summary[2])] : [0, 0];
  if (hung) return failure(`${said}\n  killed after ${LIMIT_SECONDS} s`, passed, Math.max(1, total - passed));
  if (!summary || total === 0) return failure(`${said}\n  no test ran (exit code ${code})`);
  if (code !== 0 && passed === total)
    return failure(`${said}\n  every test passed, yet the exit code is ${code}`, passed);
  return { passed, failed: total - passed, said };
}

const running = new Set<ChildProcess>();

/** The whole group, so that nothing a spec has started stays behind. */
function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function runFile(file: string): Promise<Result> {
  const missing = omissions(readFileSync(file, 'utf8'));
  if (missing.length > 0) return Promise.resolve(failure(missing.map(m => `  ${m}\n`).join('')));
  // The lanes fill the processors; specs of threads ask for their own.
  const scratch = mkdtempSync(join(tmpdir(), 'spec-'));
  return new Promise(resolve => {
    const child = spawn(process.execPath, [file], {
      detached: true,
      env: { ...process.env, PGF_THREADS: '1', TMPDIR: scratch },
    });
    running.add(child);
    let said = '';
    let hung = false;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (said += text));
    const timer = setTimeout(() => {
      hung = true;
      kill(child);
    }, 1e3 * LIMIT_SECONDS);
    child.on('error', error => (said += error.message));
    child.on('close', code => {
      clearTimeout(timer);
      running.delete(child);
      rmSync(scratch, { recursive: true, force: true });
      resolve(resultOf(said, code, hung));
    });
  });
}

function specFiles(pattern: RegExp): string[] {
  const all = readdirSync(SPECS, { recursive: true, encoding: 'utf8' });
  return all.filter(name => name.endsWith('.spec.js') && pattern.test(name)).sort();
}

async function main(pattern: RegExp): Promise<void> {
  const queue = specFiles(pattern);
  const [total, lanes] = [{ passed: 0, failed: 0 }, Math.min(4, availableParallelism())];
  const lane = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const start = performance.now();
      const { passed, failed, said } = await runFile(join(SPECS, name));
      total.passed += passed;
      total.failed += failed;
      const seconds = ((performance.now() - start) / 1e3).toFixed(1);
      if (failed > 0) process.stdout.write(`${said}\n`);
      console.log(
        `${failed > 0 ? 'FAIL' : 'ok  '} ${relative('.', name)}: ${passed} passed, ${failed} failed (${seconds} s)`,
      );
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (total.passed + total.failed === 0) console.log(`no test matches ${pattern}`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    running.forEach(kill);
    process.exit(130);
  });

await main(new RegExp(process.argv[2] ?? ''));
