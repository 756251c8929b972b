#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { NoRoom } from '../kernels/room.js';
import { FlowFailed } from '../stepsize.js';
import { animateCommand } from './animate.js';
import { auditCommand } from './audit.js';
import { benchSolversCommand } from './bench.js';
import { checkCommand } from './check.js';
import { compareMethodsCommand } from './compare-methods.js';
import { computing } from './compute-options.js';
import { doctorCommand } from './doctor.js';
import { escapeCommand } from './escape.js';
import { EXIT, printable, Refusal } from './exit.js';
import { figureCommand, figureNames } from './figure.js';
import { isInvalid } from './input.js';
import { limitCommand } from './limit.js';
import { documents, listCommand, presetsCommand, schemaCommand } from './list.js';
import { newCommand } from './new.js';
import { noiseCommand } from './noise.js';
import { regimesCommand } from './regimes.js';
import { reportCommand } from './report.js';
import { runCommand } from './run.js';
import { say, version } from './session.js';
import { stepsizeCommand } from './stepsize.js';

type Action = (...args: never[]) => number | Promise<number>;

/** Commander's actions return nothing; ours return the exit status. */
const ending =
  (action: Action) =>
  async (...args: unknown[]): Promise<void> => {
    process.exitCode = await action(...(args as never[]));
  };

const collect = (value: string, before: string[] = []): string[] => [...before, value];

function withExperiment(command: Command): Command {
  return computing(command)
    .option('--set <key=value>', 'override one value of the experiment, as in problem.lambda=0.5 (repeatable)', collect)
    .addOption(new Option('--seed <text>', 'seed of all random streams').env('PGF_SEED'))
    .addOption(new Option('--T <time>', 'end time').env('PGF_T'))
    .addOption(new Option('--rtol <number>', 'relative tolerance').env('PGF_RTOL'))
    .addOption(new Option('--atol <number>', 'absolute tolerance').env('PGF_ATOL'))
    .option('--json', 'print one JSON document')
    .option('--quiet', 'no messages on standard error')
    .option('--no-progress', 'no progress line')
    .option('--no-color', 'no colour (also NO_COLOR)');
}

const withOutput = (command: Command): Command =>
  withExperiment(command)
    .addOption(
      new Option('--out <dir>', 'folder for report and data (default runs/<name>-<hash>; none with --json)').env(
        'PGF_OUT',
      ),
    )
    .option('--force', 'replace the run of another experiment in that folder');

/** Studies with experiments of their own. */
function studies(pgf: Command): void {
  computing(pgf.command('figure <name>'))
    .description(`a figure of the paper, computed and drawn: ${figureNames().join(', ')}`)
    .option(
      '-o, --output <file>',
      'NAME.svg; NAME.csv and NAME.json stand beside it (default figure-<name>.svg; none with --json)',
    )
    .option('--m <list>', 'particle counts, as 6,10,100')
    .option('--problems <number>', 'random problems or seeds (figures 3 and init)')
    .option('--T <time>', 'end time of the flows')
    .option('--panels <list>', 'of deconvolution, relu, sigmoid (figure 3)')
    .option('--runs <number>', 'of the networks of figure 3')
    .option('--steps <number>', 'of stochastic gradient descent in each of them')
    .option('--d <dimension>', 'of their inputs')
    .option('--seed <text>', 'seed of all random streams (the same one each time by default)')
    .option('--json', 'print the data as one JSON document')
    .option('--force', 'replace existing files')
    .option('--quiet', 'no messages on standard error')
    .action(ending(figureCommand));
  computing(pgf.command('regimes <study> [experiment]'))
    .description(
      'lazy against active training. scale: by the size of the start or the output multiplier, of a built-in network or of an experiment; width: exponents in m of what training moves',
    )
    .option('-o, --output <file>', 'as in pgf figure (default figure-regimes-<study>.svg)')
    .option('--d <dimension>', 'of the inputs')
    .option('--n <rows>', 'to train on, and as many to test on')
    .option('--m <units>', 'number of units, even; for width a list')
    .option('--tau <list>', 'sizes of the initial units: 0.01,0.1,1 or log(0.01,3,6) (scale)')
    .option('--alpha <list>', 'output multipliers, in place of sizes (scale)')
    .option('--set <key=value>', 'override one value of the experiment (repeatable)', collect)
    .option('--steps <number>', 'of gradient descent (scale)')
    .option('--time <number>', 'steps × step (width)')
    .option('--repeats <number>', 'draws of data, teacher and start')
    .option('--published', 'the published size, its values beside: d 100, n 1000, m 50, 10000 steps, 10 draws (scale)')
    .option('--seed <text>', 'seed of all random streams')
    .option('--json', 'print the data as one JSON document')
    .option('--force', 'replace existing files')
    .option('--quiet', 'no messages on standard error')
    .action(ending(regimesCommand));
}

/** The flow beside its noisy relatives. */
function withNoise(pgf: Command): void {
  withExperiment(
    pgf
      .command('noise <study> <experiment>')
      .description(
        'beside the flow: temperature, Langevin noise and the free energy as τ → 0; sgd, the distance of SGD by η and m',
      ),
  )
    .option('--eta <list>', 'step sizes in flow time: 0.01,0.02,0.04 (sgd), or the one of noisy steps (temperature)')
    .option('--temperature <list>', 'τ (default 0.1,0.03,0.01,0.003)')
    .option('--m <list>', 'numbers of particles (sgd; default 10,20,40,80)')
    .option('--seeds <number>', 'starts and streams of batches for each m (sgd; default 4)')
    .option('--batch <number>', 'rows a step (sgd; default 1)')
    .option('--reference <m>', 'particles of the flow that stands for m = ∞ (sgd; default 16 times the most)')
    .option('-o, --output <file>', 'as in pgf figure (default figure-noise-<study>.svg)')
    .option('--force', 'replace existing files')
    .action(ending(noiseCommand));
}

/** Commands that read stored runs, or only print. */
function withoutComputing(pgf: Command): void {
  pgf
    .command('report <run...>')
    .description('one HTML report from run folders or result.json files')
    .option('-o, --output <file>', 'default report.html')
    .option('--force', 'replace an existing file')
    .action(ending(reportCommand));
  pgf
    .command('animate <run>')
    .description('the particles in motion from a run folder or result.json: SVG or GIF, or a sheet of frames as PNG')
    .option('-o, --output <file>', 'NAME.svg, .gif or .png; default animation.svg')
    .option('--fps <number>', 'frames per second', '20')
    .option('--seconds <number>', 'length of one round', '6')
    .option('--size <pixels>', 'width of a frame', '560')
    .option('--frames <number>', 'pictures on the sheet of a PNG', '6')
    .option('--particles <m>', 'which run of a study; default: the last')
    .option('--no-progress', 'no progress line')
    .option('--force', 'replace an existing file')
    .action(ending(animateCommand));
  pgf
    .command('new')
    .argument('[kind]', 'kind of problem (pgf list)', 'deconvolution')
    .description('a commented experiment file to start from')
    .option('-o, --output <file>', 'default: standard output')
    .action(ending(newCommand));
  computing(pgf.command('doctor').description('which kernels run on this machine, why, and how fast'))
    .option('--json')
    .action(ending(doctorCommand));
  pgf.command('list').description('problems, solvers and presets').option('--json').action(ending(listCommand));
  pgf.command('presets').description('ready experiments').option('--json').action(ending(presetsCommand));
  pgf
    .command('schema')
    .argument('[document]', documents.join(', '), 'experiment')
    .description('JSON Schema of the experiment file, or of what --json prints')
    .action(ending(schemaCommand));
}

function comparingMethods(pgf: Command): void {
  withOutput(
    pgf
      .command('compare-methods <experiment>')
      .description('the flow beside fixed grids, Frank–Wolfe, semidefinite programming and CPGD on one problem'),
  )
    .option(
      '--method <list>',
      'of flow, flow+newton, cpgd, grid, random-features, sliding-frank-wolfe, …; default: all',
    )
    .option('--tol <number>', 'gap at which a method may end, as a share of F (default 1e-9)')
    .option('--positions <number>', 'of the grid, and of random features (default 1000)')
    .option('--rounds <number>', 'atoms that Frank–Wolfe may put in; CPGD takes 100 steps for each (default 200)')
    .option('--seconds <number>', 'budget of each method (default 20)')
    .action(ending(compareMethodsCommand));
}

function withParticles(pgf: Command): void {
  withOutput(
    pgf
      .command('limit <experiment>')
      .description('m → ∞: distance to a reference of many particles along t, or F − F* over m and t'),
  )
    .requiredOption('--m <list>', 'numbers of particles: 10,20,40,80')
    .option('--times <list>', 'when to look: 0.01,0.1,1 or log(0.01,1,5) (default: time.saveAt)')
    .option('--reference <m>', 'particles of the reference (default: 4 times the most)')
    .option('--reference-init <name>', 'its start, where another draws from the same law, as grid for random')
    .option('--seeds <n>', 'starts drawn for each m: mean and band (default 1)')
    .option('--metric <list>', 'of function, mmd, w2, bl (default: all that the problem has)')
    .option('--grid <m,t>', 'F − F* over m and t in place of distances, with a certified bound')
    .option('--control <key=value>', 'with --grid: a second start, as in particles.init=half')
    .option('--resume', 'go on where the same study was stopped, after its last finished run')
    .option('--allow-drift', 'with --resume: also after another version, engine or processor')
    .action(ending(limitCommand));
}

/** Commands that judge a run or a problem. */
function judging(pgf: Command): void {
  withExperiment(
    pgf
      .command('audit <run>')
      .description('check energy identity, decrease of F and certificate of a run folder, result or experiment'),
  )
    .option('--tol <number>', 'allowed relative defect of the energy identity (default 10·rtol)')
    .option('--global', 'fail unless the end is certified global')
    .action(ending(auditCommand));
  withExperiment(
    pgf
      .command('escape <run>')
      .description(
        'add particles to the end of a run where a new one lowers F, and elsewhere, and go on with the flow',
      ),
  )
    .option('--particles <m>', 'which run of a study; default: the one of the fewest particles')
    .option('--add <list>', 'how many to add', '1,2,4,8,16')
    .option('--tracers', 'carry the curve of zero weights along, on a circle, and show its holes')
    .action(ending(escapeCommand));
  withExperiment(
    pgf
      .command('check <experiment>')
      .description('check gradient, homogeneity and kinks of a problem, and which theorem applies to it'),
  ).action(ending(checkCommand));
}

function program(): Command {
  const pgf = new Command('pgf')
    .description(
      'Particle gradient flows: the continuous flow, what a step size does to it, and whether its end is the global minimum.',
    )
    .version(version())
    .showSuggestionAfterError()
    .showHelpAfterError('(pgf help for all commands)')
    .exitOverride();
  withOutput(
    pgf
      .command('run <experiment>')
      .description('run an experiment: a YAML or JSON file, a preset, or - for standard input'),
  )
    .option('--verify', 'run again at a tenth of the tolerance, and say how far apart the two are')
    .option('--polish', 'merge the end into spikes and finish them by Newton, reported beside the end')
    .option('--resume', 'go on where the same run was stopped, bit for bit')
    .option('--keep <seconds>', 'how often the state is kept', '30')
    .option('--allow-drift', 'with --resume: also after another version, engine or processor')
    .action(ending(runCommand));
  withOutput(
    pgf
      .command('stepsize <experiment>')
      .description('compare discrete methods with the flow over a list of step sizes'),
  )
    .option('--eta <list>', 'step sizes in flow time: 1e-4,2e-4 or log(1e-5,1e-3,9)')
    .option('--rate <list>', 'the same as raw learning rates: η = rate/m')
    .option('--method <list>', 'of gd, proximal-euler, heavy-ball, sgd, proximal-sgd; default: the first two')
    .option('--particles <m>', 'number of particles of the comparison')
    .action(ending(stepsizeCommand));
  withExperiment(
    pgf
      .command('bench')
      .description('measure')
      .command('solvers <experiment>')
      .description('work–precision diagram: what every adaptive method pays for the error it makes'),
  )
    .option('--method <list>', 'default: all that are adaptive')
    .option('--tol <list>', 'relative tolerances: 1e-4,1e-6 or log(1e-3,1e-8,6)')
    .option('--seconds <number>', 'budget of a single run', '30')
    .option('-o, --output <file>', 'the diagram, as SVG')
    .option('--force', 'replace an existing file')
    .action(ending(benchSolversCommand));
  comparingMethods(pgf);
  judging(pgf);
  withParticles(pgf);
  studies(pgf);
  withNoise(pgf);
  withoutComputing(pgf);
  return pgf;
}

/** The exit status and the words for whatever ended the command. */
function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (isInvalid(error)) {
    say(error.message);
    return EXIT.usage;
  }
  if (error instanceof Refusal) {
    say(error.message);
    return error.status;
  }
  if (error instanceof NoRoom) {
    say(error.message);
    return EXIT.usage;
  }
  if (error instanceof FlowFailed) {
    say(error.message);
    return EXIT.numerical;
  }
  const failure = error as Error;
  say(`internal error, please report it: ${printable(failure?.message ?? String(error))}`);
  if (process.env.PGF_DEBUG) say(failure?.stack ?? '');
  return EXIT.internal;
}

// `pgf … | head` closes the pipe early: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  process.stderr.write(`standard output failed (${error.code})\n`);
  process.exit(EXIT.io);
});

program()
  .parseAsync()
  .catch(error => {
    process.exitCode = statusOf(error);
  });
