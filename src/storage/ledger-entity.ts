import * as z from 'zod';
import { licenseRequestSchema } from '../contract/license-request.ts';
import { ITEM_RESULTS, type LedgerEntry, type StoredEntry, toOverdueAt } from '../ledger/entry.ts';
import { FINAL_STATES, OPEN_STATES, WAIT_REASONS } from '../ledger/states.ts';
import { toShard } from './shard.ts';
import type { Entity } from './table-records.ts';
import { fromPieces, toPieces } from './text-pieces.ts';

/** A row of the table `requests`: what is looked for in columns of its own, the rest as JSON. */
export function toEntity(entry: LedgerEntry): Entity {
  const { requestId, state, acceptedAt, updatedAt, original, ...others } = entry;
  const { version: _version, ...rest } = { version: undefined, ...others };
  const overdueAt = toOverdueAt(entry);
  return {
    partitionKey: toShard(requestId),
    rowKey: requestId,
    state,
    acceptedAt,
    updatedAt,
    ...(overdueAt && { overdueAt }),
    ...toPieces('entry', JSON.stringify(rest)),
    ...(original === undefined ? {} : toPieces('original', original)),
  };
}

const date = z.coerce.date();
const problem = z.object({ pointer: z.string(), detail: z.string() });

const restSchema = z.object({
  request: licenseRequestSchema.exactOptional(),
  fingerprint: z.string(),
  delivery: z.number(),
  attempts: z.number(),
  personLooks: z.number(),
  mayHaveApplied: z.boolean(),
  personId: z.string().exactOptional(),
  results: z.array(
    z.object({
      result: z.enum(ITEM_RESULTS),
      licenseId: z.string().exactOptional(),
      changed: z.boolean().exactOptional(),
      condition: z.string().exactOptional(),
      code: z.number().exactOptional(),
      detail: z.string().exactOptional(),
      trackingId: z.string().exactOptional(),
    }),
  ),
  waiting: z.object({ for: z.enum(WAIT_REASONS), until: date }).exactOptional(),
  failure: z
    .object({ condition: z.string(), detail: z.string(), errors: z.array(problem).exactOptional() })
    .exactOptional(),
  history: z.array(
    z.object({
      at: date,
      state: z.enum([...OPEN_STATES, ...FINAL_STATES]),
      instance: z.string(),
      attempt: z.number(),
      detail: z.string().exactOptional(),
      status: z.number().exactOptional(),
      codes: z.array(z.number()).exactOptional(),
      trackingId: z.string().exactOptional(),
    }),
  ),
});

const entitySchema = z
  .looseObject({
    rowKey: z.string(),
    state: z.enum([...OPEN_STATES, ...FINAL_STATES]),
    acceptedAt: date,
    updatedAt: date,
  })
  .transform((row): LedgerEntry => {
    const { rowKey: requestId, state, acceptedAt, updatedAt } = row;
    const rest = restSchema.parse(JSON.parse(fromPieces('entry', row) ?? ''));
    const original = fromPieces('original', row);
    return { requestId, state, acceptedAt, updatedAt, ...rest, ...(original !== undefined && { original }) };
  });

/** @throws where the row is not one that `toEntity` made */
export const fromEntity = (row: object, version: string): StoredEntry => ({
  ...entitySchema.parse(row),
  version,
});
