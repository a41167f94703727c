import * as z from 'zod';

/** The most events that one message of the queue `hr-events` stands for. */
export const MAX_EVENTS_PER_MESSAGE = 8;

/** The newest version of messages of the queue `hr-events`: instances of version 0.1.0 leave them alone. */
export const HR_MESSAGE_VERSION = 2;

const key = z.string().trim().min(1).max(128);

/** What a message of the queue `hr-events` says to look at. */
export type HrWork =
  | { readonly eventKey: string }
  | { readonly personKey: string }
  /** The key of a person whom a new policy may concern: left alone where the re-evaluation is stopped. */
  | { readonly reevaluate: string }
  /** A license request that ended. */
  | { readonly requestId: string };

/** The message of the queue `hr-events`: all that it names is stored already. What a newer version added is ignored. */
export const hrWorkMessageSchema = z.object({
  version: z.union([z.literal(1), z.literal(HR_MESSAGE_VERSION)]),
  eventKeys: z.array(key).max(MAX_EVENTS_PER_MESSAGE).default([]),
  personKeys: z.array(key).max(MAX_EVENTS_PER_MESSAGE).default([]),
  reevaluate: z.array(key).max(MAX_EVENTS_PER_MESSAGE).default([]),
  requestIds: z.array(key).max(MAX_EVENTS_PER_MESSAGE).default([]),
  batch: z.undefined().optional(),
});

export const encodeHrWorkMessage = (work: readonly HrWork[]): string =>
  JSON.stringify({
    version: HR_MESSAGE_VERSION,
    eventKeys: work.flatMap((one) => ('eventKey' in one ? [one.eventKey] : [])),
    personKeys: work.flatMap((one) => ('personKey' in one ? [one.personKey] : [])),
    reevaluate: work.flatMap((one) => ('reevaluate' in one ? [one.reevaluate] : [])),
    requestIds: work.flatMap((one) => ('requestId' in one ? [one.requestId] : [])),
  } satisfies z.input<typeof hrWorkMessageSchema>);

/**
 * The message of the queue `hr-events` for a body with many events, which are to be stored one by one. Instances of version
 * 0.1.0 cannot read attributes that are lists: they leave version 2 alone, and the sweep sends it again.
 */
export const hrBatchMessageSchema = z.strictObject({
  version: z.union([z.literal(1), z.literal(HR_MESSAGE_VERSION)]),
  batch: key,
});

export const encodeHrBatchMessage = (batch: string): string =>
  JSON.stringify({ version: HR_MESSAGE_VERSION, batch } satisfies z.output<typeof hrBatchMessageSchema>);
