import * as z from 'zod';
import { stored } from '../platform/stored.ts';
import { OPERATIONS } from './license-request.ts';
import { itemResultSchema } from './record/item-result.ts';
import { requestRecordSchema } from './record/record.ts';
import { FINAL_STATES, OPEN_STATES } from './record/states.ts';
import { WAIT_REASONS } from './record/wait-reasons.ts';

const { shape } = requestRecordSchema;
export const stateSchema = z.enum([...OPEN_STATES, ...FINAL_STATES]);
const count = z.number().int();

const { licenses } = shape.request.unwrap().shape;
const license = licenses.unwrap().element.shape.license;

/** One license or site of a request, and what became of it. */
export const shownResultSchema = stored({
  license: license.optional(),
  siteUrl: z.string().optional(),
  operation: z.enum(OPERATIONS),
  ...itemResultSchema.shape,
}).describe('A license or a site of the request, and what became of it.');

/** The body of `GET /license-requests/{requestId}`. */
export const viewSchema = stored({
  requestId: z.string(),
  state: stateSchema,
  waiting: shape.waiting.unwrap().optional().describe('For what it waits, and until when.'),
  failure: shape.failure.unwrap().optional().describe('Why it failed, and the remedy.'),
  redriveMayHelp: z
    .boolean()
    .optional()
    .describe('Of a failure: whether the same request may succeed when it is tried again.'),
  request: shape.request.unwrap().optional().describe('Absent for a message that could not be read.'),
  origin: shape.origin.unwrap().optional().describe('Who asked, and by which way.'),
  personId: z.string().optional().describe('The person according to Webex.'),
  results: z.array(shownResultSchema).optional(),
  attempts: count.describe('Attempts at Webex; waits for another party do not count.'),
  acceptedAt: z.date(),
  updatedAt: z.date(),
  history: shape.history,
  original: z.string().optional().describe('The text of a message that could not be read.'),
}).describe('A license request with its state, its results and its history.');

const warnings = z
  .array(z.object({ pointer: z.string(), detail: z.string() }))
  .optional()
  .describe(
    'Licenses and locations that are perhaps not there: Webex could not be asked, or the request takes effect later.',
  );

export const acceptedSchema = z
  .object({
    requestId: z.string(),
    state: stateSchema,
    location: z.string().describe('The address of the request.'),
    warnings,
  })
  .describe('A request that is stored and queued.');

export const acceptedBatchSchema = z.object({
  requests: z.array(acceptedSchema.omit({ warnings: true })),
  warnings,
  removals: z
    .object({
      people: count,
      canGoNow: count,
      needApproval: count,
      approve: z.array(z.string()).optional().describe('The commands to approve what waits.'),
    })
    .optional()
    .describe('From how many people the batch takes something, and how many of them wait for approval.'),
});

/** A pause, as answers show it where there is one. */
export const shownPauseSchema = z
  .looseObject({
    paused: z.boolean(),
    removals: z.boolean().optional().describe('Only what takes something away.'),
    source: z.string().optional().describe('Only what this source asks for.'),
    reason: z.string().optional(),
    by: shape.origin.unwrap().optional(),
    at: z.date().optional(),
  })
  .describe('What an operator holds back.');

export const nextSchema = z
  .string()
  .optional()
  .describe('The query of the next page, to be put behind the path as it is; absent on the last page.');
export const unreadableSchema = count
  .optional()
  .describe('Rows that this version cannot read: a newer one wrote them.');

export const requestListSchema = z.object({
  items: z.array(viewSchema),
  pause: shownPauseSchema.optional(),
  next: nextSchema,
  unreadable: unreadableSchema,
});

export const redrivenSchema = z.object({
  redriven: count,
  next: z.string().optional().describe('For the body of the next call; absent after the last page.'),
  nextAfterSeconds: z.number().optional().describe('When to make the next call.'),
});

export const batchViewSchema = z.object({
  batch: z.string(),
  requests: count,
  states: z.partialRecord(stateSchema, count),
  waiting: z.partialRecord(z.enum(WAIT_REASONS), count).describe('Those that wait, by what they wait for.'),
  causes: z.array(z.string()).optional().describe('Under which their removals wait for approval.'),
  isMore: z.boolean().optional().describe('There are more than were counted.'),
  pause: shownPauseSchema.optional(),
});

export const cancelledBatchSchema = z.object({
  batch: z.string(),
  requests: count.describe('That this call looked at.'),
  cancelled: count,
  begun: count.describe('That are performed at this moment, and go on.'),
  examples: z.array(z.string()).optional().describe('The ids of some that have begun.'),
  next: z
    .string()
    .optional()
    .describe('The query of the next call, which goes on where this one ended; absent after the last one.'),
});

const JOB_STATES = ['queued', 'running', 'done', 'failed'] as const;
/** What each job shows of itself over HTTP, beside its id. */
export const shownJob = {
  state: z.enum(JOB_STATES),
  createdAt: z.date(),
  updatedAt: z.date(),
  waitsFor: z.string().exactOptional().describe('Such as Webex; absent while it runs.'),
  failure: z.string().exactOptional(),
};
