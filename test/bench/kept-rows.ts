import { TableClient, type TransactionAction } from '@azure/data-tables';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import { moveRequest, type RequestRecord } from '../../src/requests/record/record.ts';
import { TABLES } from '../../src/storage/names.ts';
import { locate, requestShape } from '../../src/storage/tables/request-rows.ts';
import { toCreate } from '../../src/storage/tables/rows.ts';
import { SHARDS } from '../../src/storage/tables/shard.ts';
import { createRequests } from './requests.ts';

const HOUR_MS = 3_600_000;
const ROWS_PER_TRANSACTION = 100;

export interface Kept {
  /** Accepted an hour ago and lost: the next sweep sends them again. */
  readonly due: number;
  /** For the rate limit, until tomorrow. */
  readonly waiting: number;
  /** Ended today. */
  readonly ended: number;
}

/**
 * Puts requests into the request store, each for a person of its own: a row and its mark.
 * @param firstPerson the number of the first of these people
 */
export async function keep(
  connectionString: string,
  { due, waiting, ended }: Kept,
  firstPerson = 0,
): Promise<void> {
  const now = new Date();
  const tomorrow = new Date(now.getTime() + 24 * HOUR_MS);
  const longAgo = { at: new Date(now.getTime() - HOUR_MS), instance: 'bench' };
  const mover = { ...longAgo, at: now };
  const toEntry = (number: number): RequestRecord => {
    const [body] = createRequests(1, firstPerson + number);
    const accepted = acceptRequest(`kept-${number}`, licenseRequestSchema.parse(body), longAgo);
    if (number < due) return accepted;
    return number < due + waiting
      ? moveRequest(accepted, 'waiting', mover, { waiting: { for: 'rate-limited', until: tomorrow } })
      : moveRequest(accepted, 'cancelled', mover);
  };
  const table = TableClient.fromConnectionString(connectionString, TABLES.requests, {
    allowInsecureConnection: true,
  });
  const rows = new Map<string, TransactionAction[]>(SHARDS.map((shard) => [shard, []]));
  const write = async (shard: string) => {
    const some = rows.get(shard) ?? [];
    rows.set(shard, []);
    if (some.length > 0) await table.submitTransaction(some);
  };
  // One transaction for each partition at a time, side by side.
  const writing = new Map<string, Promise<void>>();
  for (let number = 0; number < due + waiting + ended; number += 1) {
    const record = toEntry(number);
    const { partitionKey } = locate(record);
    const some = rows.get(partitionKey) ?? [];
    some.push(...toCreate(requestShape, record));
    if (some.length < ROWS_PER_TRANSACTION) continue;
    await writing.get(partitionKey);
    writing.set(partitionKey, write(partitionKey));
  }
  await Promise.all(writing.values());
  await Promise.all(SHARDS.map(write));
}
