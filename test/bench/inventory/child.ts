import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/** Beside the built measurement. */
const file = fileURLToPath(new URL('./inventory-process.js', import.meta.url));

function launch(mode: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [file, mode, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function readLine(child: ChildProcess): Promise<unknown> {
  if (!child.stdout) throw new Error('no output');
  for await (const line of createInterface(child.stdout)) return JSON.parse(line);
  throw new Error('The process ended without a result');
}

/** Runs one process of `inventory-process.ts` to its end. @returns what it printed */
export async function runChild<T>(mode: string, args: readonly string[], schema: z.ZodType<T>): Promise<T> {
  const child = launch(mode, args);
  const ended = once(child, 'exit');
  const result = schema.parse(await readLine(child));
  await ended;
  return result;
}

export interface SimulatorSize {
  readonly people: number;
  readonly licenses: number;
  readonly latencyMs: number;
}

/** A simulator in a process of its own: what it does is not the client's time. */
export async function startSimulatorProcess(size: SimulatorSize) {
  const child = launch('simulator', [JSON.stringify(size)]);
  const { apiUrl, url } = z.object({ apiUrl: z.string(), url: z.string() }).parse(await readLine(child));
  return {
    apiUrl,
    /** How many calls came since the last time, and how long it took from the first of them to the last. */
    async countCalls(): Promise<{ people: number; licenses: number; ms: number }> {
      const answer = await fetch(`${url}/control/requests`);
      const { items } = z.object({ items: z.array(requestSchema) }).parse(await answer.json());
      await fetch(`${url}/control/requests`, { method: 'DELETE' });
      const people = items.filter(({ path }) => path === '/people');
      const [first = new Date(0), last = new Date(0)] = [people[0]?.at, people.at(-1)?.at];
      return {
        people: people.length,
        licenses: items.length - people.length,
        ms: last.getTime() - first.getTime(),
      };
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const requestSchema = z.object({ path: z.string(), at: z.coerce.date() });
