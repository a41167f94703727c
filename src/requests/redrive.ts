import * as z from 'zod';
import { type IncomingRequest, readBody } from '../http/body.ts';
import { type Caller, type CallerRequest, toCaller } from '../http/caller.ts';
import { UnknownCursor } from '../http/cursor.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { logMove } from './record/log-move.ts';
import type { StoredRequest } from './record/record.ts';
import { isRedrivable, redriveRecord } from './record/redrive-record.ts';
import { toView } from './record/view.ts';
import type { RequestStore, WorkQueue } from './store.ts';

interface Deps {
  readonly requestStore: Pick<RequestStore, 'find' | 'replace' | 'list'>;
  readonly workQueue: WorkQueue;
  readonly clock: Clock;
  readonly instance: string;
}

const MAX_PER_CALL = 200;
/** Five a second: redriven requests must leave most of Webex's rate to new ones. */
const APART_MS = 200;

const STATES = ['failed', 'partial'] as const;

/** Which dead letters to redrive. */
export const filterSchema = z.strictObject({
  /** By default both. */
  state: z.enum(STATES, { error: 'must be "failed" or "partial"' }).optional(),
  source: z.string().max(64).optional(),
  /** Such as `person-not-found`: see the `failure` of a request. */
  condition: z.string().max(64).optional(),
  next: z.string().max(2_048).optional(),
});

/** Redrives dead letters: one of them, or a page of all that match. */
export function createRedrive({ requestStore, workQueue, clock, instance }: Deps) {
  async function redriveRequest(requestId: string, http: CallerRequest, log: Log): Promise<HttpAnswer> {
    const record = await requestStore.find(requestId);
    if (record === undefined) return toProblem('not-found');
    const redriven = isRedrivable(record) ? await redrive(record, toCaller(http), 0, log) : undefined;
    if (redriven) return { status: 202, jsonBody: toView(redriven) };
    const detail = record.request
      ? `It is ${record.state}: only a request that failed, or failed in part, is tried again.`
      : 'Its message could not be read: correct it, and submit it again.';
    return toProblem('not-redrivable', { detail });
  }

  async function redriveMatching(http: IncomingRequest, log: Log): Promise<HttpAnswer> {
    const filter = await readBody(http, filterSchema);
    if (!filter.ok) return filter.answer;
    const { source, condition } = filter.value;
    const { state, token } = toPlace(filter.value);
    const page = await requestStore.list({ state, source }, MAX_PER_CALL, token);
    let count = 0;
    for (const record of page.records) {
      const matches = condition === undefined || record.failure?.condition === condition;
      if (!matches || !isRedrivable(record)) continue;
      if (await redrive(record, toCaller(http), count * APART_MS, log)) count += 1;
    }
    const next = toNext(filter.value.state, state, page.next);
    return {
      status: 202,
      jsonBody: {
        redriven: count,
        // The client asks for the next page once the messages of this page are visible.
        ...(next !== undefined && { next, nextAfterSeconds: (count * APART_MS) / 1_000 }),
      },
    };
  }

  /** Undefined on a version conflict. After a crash before its message, the sweep sends one. */
  async function redrive(
    record: StoredRequest,
    by: Caller,
    delayMs: number,
    log: Log,
  ): Promise<StoredRequest | undefined> {
    const written = await requestStore.replace(redriveRecord(record, { at: clock(), instance }, by));
    if (written === VERSION_CONFLICT) return undefined;
    logMove(log, written, record.state);
    await workQueue.send(written, delayMs);
    return written;
  }

  return { redriveRequest, redriveMatching };
}

type RedriveFilter = z.output<typeof filterSchema>;
type DeadState = (typeof STATES)[number];

/** The position of a page. Without a state in the filter, the list of `partial` follows that of `failed`. */
function toPlace({ state, next }: RedriveFilter): { state: DeadState; token: string | undefined } {
  if (state !== undefined) return { state, token: next };
  if (next === undefined) return { state: 'failed', token: undefined };
  const [, name, token] = /^(failed|partial):(.*)$/s.exec(next) ?? [];
  const place = STATES.find((known) => known === name);
  // Starting again at the first page would redrive requests twice.
  if (place === undefined) throw new UnknownCursor();
  return { state: place, token: token || undefined };
}

function toNext(asked: DeadState | undefined, state: DeadState, token: string | undefined) {
  if (asked !== undefined) return token;
  if (token !== undefined) return `${state}:${token}`;
  return state === 'failed' ? 'partial:' : undefined;
}
