import * as z from 'zod';
import type { IncomingRequest } from '../http/body.ts';
import { type Caller, toCaller } from '../http/caller.ts';
import { readJsonBody } from '../http/json-body.ts';
import type { Origin } from '../http/origin.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { parseWith } from '../platform/parse-with.ts';
import { UnknownCursor } from '../platform/unknown-cursor.ts';
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
/** Five a second: many at once must not take Webex's rate from what is new. */
const APART_MS = 200;

const STATES = ['failed', 'partial'] as const;

const filterSchema = z.strictObject({
  /** Both where it is left out. */
  state: z.enum(STATES, { error: 'must be "failed" or "partial"' }).optional(),
  source: z.string().max(64).optional(),
  /** Such as `person-not-found`: see the `failure` of a request. */
  condition: z.string().max(64).optional(),
  next: z.string().max(2_048).optional(),
});

/** Has dead letters tried again: one, or all that fit, a page of them at a time. */
export function createRedrive({ requestStore, workQueue, clock, instance }: Deps) {
  return {
    async one(requestId: string, http: Caller, log: Log): Promise<HttpAnswer> {
      const record = await requestStore.find(requestId);
      if (record === undefined) return toProblem('not-found');
      const redriven = isRedrivable(record) ? await redrive(record, toCaller(http), 0, log) : undefined;
      if (redriven) return { status: 202, jsonBody: toView(redriven) };
      const detail = record.request
        ? `It is ${record.state}: only what failed, or failed in part, is tried again.`
        : 'Its message could not be read: correct it, and send it anew.';
      return toProblem('not-redrivable', { detail });
    },

    async all(http: IncomingRequest, log: Log): Promise<HttpAnswer> {
      const body = await readJsonBody(http);
      if (!body.ok) return body.answer;
      const filter = parseWith(filterSchema, body.value);
      if (!filter.ok) return toProblem('invalid-request', { errors: filter.problems });
      const { source, condition } = filter.value;
      const { state, token } = toPlace(filter.value);
      const page = await requestStore.list({ state, source }, MAX_PER_CALL, token);
      let count = 0;
      for (const record of page.records) {
        if (!isRedrivable(record) || (condition !== undefined && record.failure?.condition !== condition))
          continue;
        if (await redrive(record, toCaller(http), count * APART_MS, log)) count += 1;
      }
      const next = toNext(filter.value.state, state, page.next);
      return {
        status: 202,
        jsonBody: {
          redriven: count,
          // The next page comes after what this one sent.
          ...(next !== undefined && { next, nextAfterSeconds: (count * APART_MS) / 1_000 }),
        },
      };
    },
  };

  /** Undefined where somebody else moved it meanwhile. A crash before its ticket is the sweep's to mend. */
  async function redrive(
    record: StoredRequest,
    by: Origin,
    delayMs: number,
    log: Log,
  ): Promise<StoredRequest | undefined> {
    const written = await requestStore.replace(redriveRecord(record, { at: clock(), instance }, by));
    if (written === VERSION_CONFLICT) return undefined;
    logMove(log, written, record.state);
    await workQueue.send(written, delayMs);
    return written;
  }
}

type RedriveFilter = z.output<typeof filterSchema>;
type DeadState = (typeof STATES)[number];

/** Where a page is. Where no state is asked for, it goes through one after the other: `next` says through which. */
function toPlace({ state, next }: RedriveFilter): { state: DeadState; token: string | undefined } {
  if (state !== undefined) return { state, token: next };
  if (next === undefined) return { state: 'failed', token: undefined };
  const [, name, token] = /^(failed|partial):(.*)$/s.exec(next) ?? [];
  const place = STATES.find((one) => one === name);
  // Not taken for the beginning: what was tried again already would be once more.
  if (place === undefined) throw new UnknownCursor();
  return { state: place, token: token || undefined };
}

function toNext(asked: DeadState | undefined, state: DeadState, token: string | undefined) {
  if (asked !== undefined) return token;
  if (token !== undefined) return `${state}:${token}`;
  return state === 'failed' ? 'partial:' : undefined;
}
