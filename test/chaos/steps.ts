import * as z from 'zod';
import { FINAL_STATES } from '../../src/requests/record/states.ts';
import { QUEUES } from '../../src/storage/names.ts';
import type { Answered, Call } from './wire.ts';

/** What an app does between reading a message and its acknowledgement, as it is seen on the wire. */
export const STEPS = ['accept', 'send', 'turn', 'change', 'end', 'copy', 'ack'] as const;
export type Step = (typeof STEPS)[number];

const REQUEST_ROW = /^([0-9a-f]{24})\.r\.(.+)$/;
const rowSchema = z.object({ RowKey: z.string(), state: z.string().optional() });
const QUEUE = new RegExp(`^/[^/]+/${QUEUES.licenseRequests}/messages(/|\\?|$)`);
const ENDS: ReadonlySet<string> = new Set([...FINAL_STATES, 'waiting']);

export interface Written {
  readonly personKey: string;
  readonly requestId: string;
  readonly state: string;
}

/** The requests that a table transaction writes, with their states. */
export function toWritten({ to, body }: Call): readonly Written[] {
  if (to !== 'table') return [];
  return body.split(/\r?\n/).flatMap((line) => {
    if (!line.startsWith('{')) return [];
    const { RowKey, state } = rowSchema.parse(JSON.parse(line));
    const [, personKey = '', requestId] = REQUEST_ROW.exec(RowKey) ?? [];
    return requestId === undefined || state === undefined ? [] : [{ personKey, requestId, state }];
  });
}

/** Whether a table transaction was carried out: its answer is 202 in any case, and says inside what became of it. */
export const isDone = ({ status, content }: Answered): boolean =>
  status === 202 && !/HTTP\/1\.1 [45]\d\d/.test(content);

/** Whether this gives a turn back. */
export const isEnd = ({ state }: Written): boolean => ENDS.has(state);

/** Undefined for what is no step of a license request. */
export function toStep(call: Call): Step | undefined {
  const { to, method, path } = call;
  if (to === 'webex') return method === 'PATCH' ? 'change' : undefined;
  if (to === 'queue' && QUEUE.test(path)) {
    if (method === 'DELETE') return 'ack';
    const delay = Number(/[?&]visibilitytimeout=(\d+)/.exec(path)?.[1] ?? 0);
    return method === 'POST' ? (delay > 0 ? 'copy' : 'send') : undefined;
  }
  const [first] = toWritten(call);
  if (first === undefined) return undefined;
  if (first.state === 'working') return 'turn';
  return isEnd(first) ? 'end' : 'accept';
}

const changeSchema = z.object({
  email: z.string().optional(),
  personId: z.string().optional(),
  orgId: z.string().optional(),
  licenses: z.array(z.object({ id: z.string(), operation: z.enum(['add', 'remove']) })),
});

/** What a PATCH asks of Webex. */
export const toChange = (call: Call) => changeSchema.parse(JSON.parse(call.body));
