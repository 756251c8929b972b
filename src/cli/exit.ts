/** One table of exit statuses for the whole command. */
export const EXIT = {
  ok: 0,
  internal: 1,
  usage: 2,
  numerical: 3,
  check: 4,
  io: 5,
  /** Stopped by a scheduler; `--resume` goes on. */
  resumable: 75,
  interrupted: 130,
} as const;

/** Ends the command with a message for the user and no stack. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const IO_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist and cannot be created there',
  EACCES: 'is not accessible (permission denied)',
  EPERM: 'is not accessible (operation not permitted)',
  EISDIR: 'is a directory',
  EEXIST: 'cannot be created: something of that name, or a file on the way to it, exists',
  ENOTDIR: 'lies below something that is not a directory',
  ENOSPC: 'cannot be written: the disk is full',
  EROFS: 'cannot be written: the file system is read-only',
  EMFILE: 'cannot be opened: too many files are open',
  ELOOP: 'is a loop of links',
};

/** Turns a failure of the file system into words; anything else is passed on. */
export function ioRefusal(error: unknown, path: string, status: number = EXIT.io): never {
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code !== 'string') throw error;
  throw new Refusal(status, `${path} ${IO_REASONS[code] ?? `failed (${code})`}`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being removed
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text from files and flags, safe to print: no terminal control characters, no changes of direction. */
export const printable = (text: string): string => text.replace(CONTROL, '�');
