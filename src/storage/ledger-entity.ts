import { createHash } from 'node:crypto';
import * as z from 'zod';
import { licenseRequestSchema } from '../contract/license-request.ts';
import { ITEM_RESULTS, type LedgerEntry, type StoredEntry, toOverdueAt } from '../ledger/entry.ts';
import { FINAL_STATES, OPEN_STATES, WAIT_REASONS } from '../ledger/states.ts';

const SHARDS = 32;

/** Rows spread over few partitions: one storage transaction adds many rows, and no partition is hot. */
export function toPartitionKey(requestId: string): string {
  const [first = 0] = createHash('sha256').update(requestId).digest();
  return (first % SHARDS).toString().padStart(2, '0');
}

/** A property holds 32,768 characters: longer text goes on in `name2`, `name3` … */
const MAX_PROPERTY_CHARACTERS = 32_000;

export type Entity = { partitionKey: string; rowKey: string } & Record<string, unknown>;

/** A row of the table `requests`: what is looked for in columns of its own, the rest as JSON. */
export function toEntity(entry: LedgerEntry): Entity {
  const { requestId, state, acceptedAt, updatedAt, original, ...rest } = entry;
  const overdueAt = toOverdueAt(entry);
  return {
    partitionKey: toPartitionKey(requestId),
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

const pieceName = (name: string, index: number) => (index === 0 ? name : `${name}${index + 1}`);

function toPieces(name: string, text: string): Record<string, string> {
  const pieces: Record<string, string> = {};
  for (let at = 0; at === 0 || at < text.length; at += MAX_PROPERTY_CHARACTERS) {
    pieces[pieceName(name, at / MAX_PROPERTY_CHARACTERS)] = text.slice(at, at + MAX_PROPERTY_CHARACTERS);
  }
  return pieces;
}

function fromPieces(name: string, row: Readonly<Record<string, unknown>>): string | undefined {
  let text: string | undefined;
  for (let index = 0; typeof row[pieceName(name, index)] === 'string'; index += 1) {
    text = `${text ?? ''}${row[pieceName(name, index)]}`;
  }
  return text;
}
