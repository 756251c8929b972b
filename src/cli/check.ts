import { type CheckReport, checkExperiment } from '../check.js';
import type { Degree } from '../check-degrees.js';
import { toJson } from '../report/json.js';
import { entry, wrapped } from '../report/text-table.js';
import { limitWords, many, num } from '../report/words.js';
import { EXIT } from './exit.js';
import { type Input, readInput } from './input.js';
import { type CommonFlags, print, say } from './session.js';

function gradientWords({ gradient: g }: CheckReport): string {
  const skipped = g.skipped > 0 ? `, ${g.skipped} too near a kink` : '';
  if (!g.worst) return `NOT checked: ${g.skipped} coordinates, all too near a kink`;
  const { particle, coordinate, velocity, difference, error } = g.worst;
  const worst = `worst ${coordinate} of particle ${particle}: ${num(velocity, 8)} against ${num(difference, 8)}, off by ${num(error, 2)}`;
  return `${g.ok ? 'right' : 'WRONG'}: −m∇F by central differences at ${many(g.compared, 'coordinate')}${skipped}; ${worst} (allowed ${num(g.allowed, 1)})`;
}

function degreeWords({ coordinates, feature, penalty, shared }: Degree): string {
  const V = penalty === null ? (shared ? 'V = 0' : 'V is not homogeneous') : `V of degree ${penalty}`;
  return `in ${coordinates.join(', ')}: Φ of degree ${feature}, ${V}${shared ? '' : ': NOT shared'}`;
}

const WORDS = { holds: 'holds', fails: 'FAILS', open: 'open' } as const;

export function checkText(r: CheckReport): string {
  const degrees = r.degrees.length > 0 ? r.degrees.map(degreeWords) : ['in no coordinate'];
  const kinks = r.kinks.length > 0 ? r.kinks.map(k => `${k.of}: ${k.where}; ${k.handling}`) : ['none'];
  const { applies, because } = r.theorem;
  return [
    wrapped(`${r.problem}: particles [${r.coordinates.join(', ')}]`),
    entry('gradient', gradientWords(r)),
    ...degrees.map((d, i) => entry(i === 0 ? 'homogeneity' : '', d)),
    ...kinks.map((k, i) => entry(i === 0 ? 'kinks' : '', k)),
    entry('step size', `at the start, m = ${r.start.particles}: ${limitWords(r.start)}`),
    '',
    wrapped(
      'Assumptions of Chizat & Bach (2018), tried at random points: holds, FAILS with a witness, or open (cannot be checked)',
    ),
    ...r.assumptions.flatMap(a => [`  ${WORDS[a.status].padEnd(5)}  ${a.name}`, entry('', a.detail)]),
    '',
    wrapped(applies === 'none' ? `No theorem applies: ${because}.` : `Theorem ${applies} applies: ${because}.`),
  ].join('\n');
}

function checked(input: Input): CheckReport {
  try {
    return checkExperiment(input.experiment, input.sources);
  } catch (error) {
    throw input.placed(error);
  }
}

export function checkCommand(name: string, flags: CommonFlags): number {
  const input = readInput(name, flags);
  const report = checked(input);
  print(flags.json ? toJson(report) : checkText(report));
  if (!report.gradient.ok) say('the velocity is not the gradient of F', flags);
  else if (!report.ok) say('a coordinate is declared periodic, and F does not have that period', flags);
  return report.ok ? EXIT.ok : EXIT.check;
}
