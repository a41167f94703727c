import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/** A side of a measurement, in a process of its own. */
export interface Side<I, R> {
  /** One piece of work, and what it took. */
  run(input: I): Promise<R>;
  stop(): Promise<void>;
}

/** A built file of this folder's `sides`. */
const toPath = (side: string) => fileURLToPath(new URL(`./${side}.js`, import.meta.url));

const answerSchema = z.union([z.object({ failed: z.string() }), z.object({ result: z.unknown() })]);

/** Starts a side. Flags of this process, such as `--cpu-prof`, are the child's too. */
export function startSide<I extends object, R>(
  side: string,
  settings: Readonly<Record<string, string>>,
  schema: z.ZodType<R>,
): Side<I, R> {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const child = fork(toPath(side), {
    env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...settings },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // Not its 'close', which does not come to one that was disconnected.
  const exited = once(child, 'exit');
  return {
    async run(input) {
      const answered = once(child, 'message');
      child.send(input);
      const ended = exited.then(([code]) => Promise.reject(new Error(`${side} ended with ${code}`)));
      const [message] = await Promise.race([answered, ended]);
      const answer = answerSchema.parse(message);
      if ('failed' in answer) throw new Error(`${side}: ${answer.failed}`);
      return schema.parse(answer.result);
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** In a side: does each piece of work that it is told, and ends with the measurement. */
export function serve<I>(schema: z.ZodType<I>, run: (input: I) => Promise<object>): void {
  process.on('message', (input) => {
    run(schema.parse(input)).then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ failed: error instanceof Error ? error.stack : String(error) }),
    );
  });
  const end = () => process.exit(0);
  process.once('disconnect', end);
  // The measurement may have failed while this process was starting.
  if (!process.connected) end();
}
