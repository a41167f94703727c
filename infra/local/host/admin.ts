import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { LoadedFunction } from './functions.ts';
import type { AdminAnswer } from './http-server.ts';
import type { TypedData } from './rpc.ts';
import { toBodyMembers } from './trigger-metadata.ts';

interface Deps {
  readonly functions: readonly LoadedFunction[];
  readonly invoke: (
    name: string,
    input: TypedData,
    metadata: Readonly<Record<string, unknown>>,
  ) => Promise<unknown>;
  readonly onEvent: (event: string, detail: string, functionName: string) => void;
}

const inputSchema = z.object({ input: z.string().default('') });

/** The host's own routes, all with the master key: the list of functions, the host's status, a run by hand. */
export function createAdmin({ functions, invoke, onEvent }: Deps) {
  return async (
    request: IncomingMessage,
    url: URL,
    body: () => Promise<Buffer>,
  ): Promise<AdminAnswer | undefined> => {
    const [, , area, name = ''] = url.pathname.split('/');
    if (request.method === 'GET' && area === 'host' && name === 'ping') return { status: 200 };
    if (request.method === 'GET' && area === 'host' && name === 'status') {
      return { status: 200, body: { state: 'Running' } };
    }
    if (area !== 'functions') return undefined;
    if (request.method === 'GET' && name === '') {
      return { status: 200, body: functions.map((fn) => ({ name: fn.name, trigger: fn.kind })) };
    }
    const fn = functions.find((item) => item.name.toLowerCase() === name.toLowerCase());
    if (request.method !== 'POST' || !fn || fn.kind === 'http') return undefined;
    const input = inputSchema.safeParse(toJson((await body()).toString('utf8') || '{}'));
    if (!input.success) return { status: 400 };
    run(fn, input.data.input).catch((error: Error) => onEvent('run-by-hand-failed', error.message, fn.name));
    return { status: 202 };
  };

  /** Not waited for: the host answers when the run has begun. */
  async function run(fn: LoadedFunction, input: string): Promise<void> {
    if (fn.kind === 'queue') return void (await invoke(fn.name, { string: input }, toBodyMembers(input)));
    const timer = { Schedule: { AdjustForDST: true }, ScheduleStatus: null, IsPastDue: false };
    await invoke(fn.name, { json: JSON.stringify(timer) }, {});
  }
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
