import * as z from 'zod';
import { type LoadedFunction, toSummary } from './functions.ts';
import type { AdminAnswer } from './http-server.ts';
import type { Invoke } from './listener.ts';
import { toTimerInput } from './timer-listener.ts';
import { toQueueMetadata } from './trigger-metadata.ts';

interface Deps {
  readonly functions: readonly LoadedFunction[];
  readonly invoke: Invoke;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly onEvent: (event: string, detail: string, functionName: string) => void;
}

const inputSchema = z.object({ input: z.string().default('') });
const WEEK_MS = 7 * 24 * 60 * 60_000;

/** The host's own routes: the list of functions, the host's status, and a run by hand of a queue or timer function. */
export function createAdmin({ functions, invoke, now, newId, onEvent }: Deps) {
  return async (method: string, pathname: string, body: string): Promise<AdminAnswer | undefined> => {
    const [, , area, name, ...rest] = pathname.replace(/\/$/, '').toLowerCase().split('/');
    const isGet = method === 'GET';
    if (rest.length > 0) return undefined;
    if (isGet && area === 'host' && name === 'ping') return { status: 200 };
    if (isGet && area === 'host' && name === 'status') return { status: 200, body: { state: 'Running' } };
    if (area !== 'functions') return undefined;
    if (isGet && name === undefined) return { status: 200, body: functions.map(toSummary) };
    const fn = functions.find((item) => item.name.toLowerCase() === name);
    if (method !== 'POST' || !fn || fn.kind === 'http') return undefined;
    const parsed = inputSchema.safeParse(toJson(body.trim() || '{}'));
    if (!parsed.success) return { status: 400 };
    // Not waited for: the host answers when the run has begun.
    run(fn, parsed.data.input).catch((error: unknown) =>
      onEvent('run-by-hand-failed', error instanceof Error ? error.message : String(error), fn.name),
    );
    return { status: 202 };
  };

  async function run(fn: LoadedFunction, input: string): Promise<unknown> {
    if (fn.kind !== 'queue')
      return invoke(fn.name, { json: JSON.stringify(toTimerInput(undefined, false)) }, {});
    const at = now();
    const message = {
      messageId: newId(),
      popReceipt: '',
      dequeueCount: 0,
      insertedOn: at,
      nextVisibleOn: at,
      expiresOn: new Date(at.getTime() + WEEK_MS),
    };
    return invoke(fn.name, { string: input }, toQueueMetadata(message, input));
  }
}

/** Undefined where the text is no JSON. */
function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
