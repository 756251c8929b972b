import { type Command, InvalidArgumentError, Option } from 'commander';
import { setCompute, type Tier, threadsFault, tierFault } from '../kernels/compute.js';

const checked =
  (faultOf: (text: string) => string | null) =>
  (text: string): string => {
    const fault = faultOf(text);
    if (fault) throw new InvalidArgumentError(fault);
    return text;
  };

interface ComputeFlags {
  readonly tier?: string;
  readonly threads?: string;
}

/** The flags of how kernels compute, which change no result in tier strict; taken over before the command runs. */
export const computing = (command: Command): Command =>
  command
    .addOption(
      new Option('--threads <number>', 'threads for one evaluation, at most (default: processors)')
        .env('PGF_THREADS')
        .argParser(checked(threadsFault)),
    )
    .addOption(
      new Option('--tier <name>', 'kernels: scalar, strict (default, the same bits everywhere), fast or wide')
        .env('PGF_TIER')
        .argParser(checked(tierFault)),
    )
    .hook('preAction', (_, { opts }) => {
      const { tier, threads } = opts.call(command) as ComputeFlags;
      setCompute({
        ...(tier !== undefined && { tier: tier as Tier }),
        ...(threads !== undefined && { threads: Number(threads) }),
      });
    });
