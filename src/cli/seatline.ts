import { ZodError } from 'zod';
import { ApiFailure, UsageFailure } from './api.ts';
import { createProgram } from './program.ts';
import { FAILED, USAGE } from './status.ts';
import { endWithReader } from './terminal.ts';

endWithReader();

const UNKNOWN_ANSWER =
  'The answer is not one that this version of the command knows. Is --url right, and does the app have the same version?';

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof ApiFailure || error instanceof ZodError)) throw error;
  const text = error instanceof ApiFailure ? error.message : UNKNOWN_ANSWER;
  process.stderr.write(`seatline: ${text}\n`);
  process.exitCode = error instanceof UsageFailure ? USAGE : FAILED;
}
