import * as z from 'zod';

/** The host's metadata of one delivery of a queue message. */
export interface Delivery {
  readonly id: string;
  /** When the message was sent; undefined where the host does not say. */
  readonly insertedAt: Date | undefined;
  /** When the queue drops the message; undefined where the host does not say. */
  readonly expiresAt: Date | undefined;
}

const date = z.coerce.date().optional().catch(undefined);
const metadataSchema = z.object({
  id: z.coerce.string().default(''),
  insertionTime: date,
  expirationTime: date,
});

/** @param metadata the trigger metadata of a storage queue function */
export function toDelivery(metadata: unknown): Delivery {
  const { id, insertionTime, expirationTime } = metadataSchema.parse(metadata ?? {});
  return { id, insertedAt: insertionTime, expiresAt: expirationTime };
}
