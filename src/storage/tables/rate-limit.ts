import * as z from 'zod';
import type { Log } from '../../platform/log.ts';
import { type LimitState, limitStateSchema, newLimitState } from '../../webex/rate-limit/limit-state.ts';
import type { LimitStore } from '../../webex/rate-limit/shared-state.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import { openTable } from '../resources.ts';

/** One row for all organizations: Webex limits the token. */
const ROW = { partitionKey: 'webex', rowKey: 'webex' };
/** A version conflict: the row exists, is gone, or was changed. */
const CONFLICTS = [404, 409, 412];

const rowSchema = z.looseObject({ etag: z.string(), state: z.unknown().optional() });
const writtenSchema = z.looseObject({ etag: z.string() });

/** The state of the rate limiter, in one row. A write replaces the version that was read. */
export function createTableLimitStore(storage: StorageClients, log: Pick<Log, 'warn'>): LimitStore {
  const inTable = openTable(storage, TABLES.pace);
  return {
    async read() {
      const row = await inTable('rate-limit.read', (table) =>
        ignoreStatus([404], table.getEntity(ROW.partitionKey, ROW.rowKey)),
      );
      if (row === undefined) return undefined;
      const { etag, state: text } = rowSchema.parse(row);
      const state = parseState(text);
      if (state === undefined) log.warn('rate-limit-unreadable', { detail: 'the limit is learned again' });
      return { state, version: etag };
    },
    async write(state, version) {
      const row = { ...ROW, state: JSON.stringify({ ...state, ...toOlderState(state) }) };
      const written = await inTable('rate-limit.write', (table) =>
        ignoreStatus(
          CONFLICTS,
          version === undefined
            ? table.createEntity(row)
            : table.updateEntity(row, 'Replace', { etag: version }),
        ),
      );
      return written && writtenSchema.parse(written).etag;
    },
  };
}

/** What version 0.1.0 wrote: the accepted calls of its last cycles in place of a rate. */
const olderSchema = z.object({
  cycle: z.number(),
  tokensAtMs: z.number(),
  pausedUntilMs: z.number(),
  cycles: z.array(z.object({ accepted: z.number().positive(), spanMs: z.number().positive() })),
});

function parseState(text: unknown): LimitState | undefined {
  try {
    const json: unknown = JSON.parse(String(text));
    const { data } = limitStateSchema.safeParse(json);
    return data ?? fromOlderState(olderSchema.parse(json));
  } catch {
    return undefined;
  }
}

function fromOlderState({ cycle, tokensAtMs, pausedUntilMs, cycles }: z.output<typeof olderSchema>) {
  const rates = cycles.map(({ accepted, spanMs }) => accepted / spanMs).sort((a, b) => a - b);
  const state = newLimitState(tokensAtMs, rates[Math.floor(rates.length / 2)]);
  return { ...state, cycle, tokens: 0, pausedUntilMs };
}

const SPAN_MS = 60_000;

/** What version 0.1.0 needs in the row: during a rollout, both versions then call at the same rate. */
function toOlderState({ rate, heldFromMs, cycle, instances }: LimitState) {
  const accepted = Math.max(1, Math.round(rate * SPAN_MS));
  const last = { cycle, accepted, spanMs: SPAN_MS, pauseMs: 1_000, periodMs: SPAN_MS };
  const live = Object.entries(instances).map(([name, seen]) => [name, { ...seen, holdsUntilMs: 0 }]);
  return {
    startedAtMs: heldFromMs,
    isGuess: false,
    probed: 0,
    cycles: [last, last, last],
    isBucket: true,
    waitedMs: 0,
    tries: 0,
    isWaitKnown: false,
    isTrying: false,
    fewAtMs: 0,
    instances: Object.fromEntries(live),
  };
}
