import * as z from 'zod';
import type { Log } from '../../platform/log.ts';
import { type LimitState, limitStateSchema, newLimitState } from '../../webex/rate-limit/limit-state.ts';
import type { LimitStore } from '../../webex/rate-limit/shared-state.ts';
import { callStorage, ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';

/** One row for all organizations: Webex limits the token. */
const ROW = { partitionKey: 'webex', rowKey: 'webex' };
/** The row is there already, is gone, or was changed. */
const CONFLICTS = [404, 409, 412];

const rowSchema = z.looseObject({ etag: z.string(), state: z.unknown().optional() });
const writtenSchema = z.looseObject({ etag: z.string() });

/** The state of the rate limiter: a row that is replaced where it is as it was read. */
export function createTableLimitStore(storage: StorageClients, log: Pick<Log, 'warn'>): LimitStore {
  const table = () => storage.table(TABLES.pace);
  const create = async () => (await table()).createTable();
  return {
    async read() {
      const client = await table();
      const row = await callStorage('rate-limit.read', create, () =>
        ignoreStatus([404], undefined, client.getEntity(ROW.partitionKey, ROW.rowKey)),
      );
      if (row === undefined) return undefined;
      const { etag, state: text } = rowSchema.parse(row);
      const state = parseState(text);
      if (state === undefined) log.warn('rate-limit-unreadable', { detail: 'the limit is learned again' });
      return { state, version: etag };
    },
    async write(state, version) {
      const client = await table();
      const row = { ...ROW, state: JSON.stringify({ ...state, ...toOlderState(state) }) };
      const written = await callStorage('rate-limit.write', create, () =>
        ignoreStatus(
          CONFLICTS,
          undefined,
          version === undefined
            ? client.createEntity(row)
            : client.updateEntity(row, 'Replace', { etag: version }),
        ),
      );
      return written && writtenSchema.parse(written).etag;
    },
  };
}

/** What version 0.1.0 wrote: no rate, but what passed in its last cycles. */
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

/** What version 0.1.0 needs in the row, while both run during a rollout: it then calls at the same rate. */
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
