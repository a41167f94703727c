import { CommanderError } from 'commander';
import { ZodError } from 'zod';
import { version } from '../../package.json';
import { ApiFailure, UsageFailure } from './api.ts';
import { FAILED, USAGE } from './exit-codes.ts';
import { endAtInterrupt } from './interrupt.ts';
import { createProgram } from './program.ts';
import { endWithReader } from './terminal.ts';

endWithReader();
endAtInterrupt();

const UNKNOWN_ANSWER =
  'The answer is not one that this version of the command knows. Is --url right, and does the app have the same version?';

createProgram(version, process.argv.slice(2))
  .then((program) => program.parseAsync())
  .catch((error: unknown) => {
    process.exitCode = tell(error);
  });

/** Says on standard error what ended the command. @returns the exit code */
function tell(error: unknown): number {
  // The parser has said it. Help that was asked for ends with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (!(error instanceof ApiFailure || error instanceof ZodError)) throw error;
  const text = error instanceof ApiFailure ? error.message : UNKNOWN_ANSWER;
  process.stderr.write(`seatline: ${text}\n`);
  return error instanceof UsageFailure ? USAGE : FAILED;
}
