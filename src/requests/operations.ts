import * as z from 'zod';
import { answer, body, json, type Operations, type Parameters, schemaOf } from '../http/openapi/operation.ts';
import {
  acceptedBatchSchema,
  acceptedSchema,
  batchViewSchema,
  cancelledBatchSchema,
  redrivenSchema,
  requestListSchema,
  shownPauseSchema,
  stateSchema,
  viewSchema,
} from './answers.ts';
import { licenseRequestSchema } from './license-request.ts';
import type { toView } from './record/view.ts';
import { filterSchema } from './redrive.ts';
import { MAX_BATCH } from './submission.ts';

answer('Pause', shownPauseSchema);
const view = answer('LicenseRequest', schemaOf<ReturnType<typeof toView>>()(viewSchema));
const accepted = answer('AcceptedRequest', acceptedSchema);
const acceptedBatch = answer('AcceptedBatch', acceptedBatchSchema);
const submitted = answer('Submitted', z.union([accepted, acceptedBatch]));
const list = answer('LicenseRequestList', requestListSchema);
const redriven = answer('Redriven', redrivenSchema);
const batchView = answer('Batch', batchViewSchema);
const cancelledBatch = answer('CancelledBatch', cancelledBatchSchema);

const request = body('NewLicenseRequest', licenseRequestSchema);
const requests = body(
  'NewLicenseRequests',
  z.strictObject({ requests: z.array(licenseRequestSchema).min(1).max(MAX_BATCH) }),
);
export const submission = body('Submission', z.union([request, requests]));
const redriveFilter = body('RedriveFilter', filterSchema);

export const REQUEST = {
  requestId: 'hr-4711',
  person: { email: 'ada@example.com' },
  licenses: [{ license: 'Advanced Messaging' }],
  reason: 'joiner',
};
const SHOWN = {
  requestId: 'hr-4711',
  state: 'succeeded',
  request: {
    version: 1,
    person: { email: 'ada@example.com' },
    licenses: [{ license: 'Advanced Messaging', operation: 'add' }],
    siteUrls: [],
    reason: 'joiner',
  },
  origin: { channel: 'http', key: '0a1b2c3d' },
  results: [{ license: 'Advanced Messaging', operation: 'add', result: 'assigned', changed: true }],
  attempts: 1,
  acceptedAt: '2026-12-01T08:00:00.000Z',
  updatedAt: '2026-12-01T08:00:01.000Z',
  history: [
    { at: '2026-12-01T08:00:00.000Z', state: 'accepted', instance: 'a', attempt: 0 },
    { at: '2026-12-01T08:00:01.000Z', state: 'succeeded', instance: 'a', attempt: 1 },
  ],
};
const ACCEPTED = {
  requestId: 'hr-4711',
  state: 'accepted',
  location: '/api/license-requests/hr-4711',
};

const instant = 'A day in UTC, such as 2026-12-01, or a time with offset.';
/** The members of a query that select by time. */
export const RANGE = {
  since: { description: `From then on. ${instant}`, example: '2026-12-01' },
  until: { description: `Before then. ${instant}`, example: '2026-12-02T08:00:00Z' },
} as const satisfies Parameters;
export const NEXT = {
  next: { description: 'Of the next page, as `next` of the page before has it.', example: 'iWyJhIl0' },
} as const satisfies Parameters;

/** The member of a path that names a request. */
export const BY_ID = {
  requestId: { description: 'The id of the request.', example: 'hr-4711' },
} as const satisfies Parameters;

/** License requests over HTTP. */
export const requestOperations = {
  'submit-license-requests': {
    tag: 'requests',
    summary: 'Submit one license request, or a batch',
    description:
      'A 202 is a promise: each request is stored and queued, and ends in exactly one final state. A batch is accepted whole or not at all. Where the answer is lost, send the same body again, with the same `requestId` or `Idempotency-Key`.',
    headers: {
      'idempotency-key': {
        description:
          'The same body with the same key, from the same caller, returns the requests that the first call made.',
        example: '1c1fd2e8-4d3f-4f0a-9f5e-8c1f2f7a6f10',
        schema: z.string().regex(/^[\x21-\x7e]{1,200}$/),
      },
    },
    body: { content: json(submission, REQUEST, { requests: [REQUEST] }) },
    answers: {
      202: {
        description: 'Each request is stored and queued.',
        content: json(submitted, ACCEPTED, { requests: [ACCEPTED] }),
        headers: {
          location: { description: 'Of a single request: its address.', example: ACCEPTED.location },
          'retry-after': {
            description: 'When to look at it first, in seconds.',
            example: '2',
            schema: z.int(),
          },
        },
      },
    },
    problems: ['request-id-conflict', 'idempotency-key-conflict', 'organization-unknown'],
  },
  'list-license-requests': {
    tag: 'requests',
    summary: 'List license requests',
    description:
      'Those of a batch, or those that match all members of the query, of which at least one is given. A page may be short or empty, and not be the last.',
    query: {
      batch: { description: 'The `batch` of the requests. It stands alone.', example: 'spring-2026' },
      state: { description: 'The state of the requests.', example: 'failed', schema: stateSchema },
      person: { description: 'An e-mail address or a personId.', example: 'ada@example.com' },
      source: { description: 'The source of the requests.', example: 'bamboohr' },
      ...RANGE,
      ...NEXT,
    },
    answers: {
      200: {
        description: 'A page of requests.',
        content: json(list, { items: [SHOWN], next: '?next=iWyJhIl0&state=succeeded' }),
      },
    },
    problems: ['invalid-request'],
  },
  'read-license-request': {
    tag: 'requests',
    summary: 'Look at a license request',
    path: BY_ID,
    headers: {
      'if-none-match': { description: 'The `ETag` of an earlier answer.', example: '"0123456789abcdef"' },
    },
    answers: {
      200: {
        description: 'The request.',
        content: json(view, SHOWN),
        headers: { etag: { description: 'Changes with the request.', example: '"0123456789abcdef"' } },
      },
      304: { description: 'It has not changed since the answer with this `ETag`.' },
    },
    problems: ['not-found'],
  },
  'cancel-license-request': {
    tag: 'requests',
    summary: 'Cancel a license request that waits or has not begun',
    description: 'Changes at Webex that an earlier attempt made stay.',
    path: BY_ID,
    answers: {
      200: {
        description: 'It is cancelled.',
        content: json(view, { ...SHOWN, state: 'cancelled', results: undefined }),
      },
    },
    problems: ['not-found', 'not-cancellable'],
  },
  'redrive-license-request': {
    tag: 'requests',
    summary: 'Try a failed license request again',
    description: 'Only its failed items are tried.',
    path: BY_ID,
    answers: {
      202: { description: 'It is queued.', content: json(view, { ...SHOWN, state: 'queued' }) },
    },
    problems: ['not-found', 'not-redrivable'],
  },
  'redrive-license-requests': {
    tag: 'requests',
    summary: 'Try all failed license requests again that match',
    description: 'A page per call. Call again with `next`, until an answer has none.',
    body: { content: json(redriveFilter, { state: 'failed', condition: 'token-refused' }) },
    answers: {
      202: {
        description: 'How many of this page are queued.',
        content: json(redriven, { redriven: 12, next: 'iWyJhIl0', nextAfterSeconds: 2.4 }),
      },
    },
  },
  'read-batch': {
    tag: 'requests',
    summary: 'Count the license requests of a batch',
    path: { batch: { description: 'The `batch` of the requests.', example: 'spring-2026' } },
    answers: {
      200: {
        description: 'The requests by state, and those that wait by reason.',
        content: json(batchView, {
          ...{ batch: 'spring-2026', requests: 3, states: { succeeded: 2, waiting: 1 } },
          waiting: { 'no-seats': 1 },
        }),
      },
    },
    problems: ['unknown-batch'],
  },
  'cancel-batch': {
    tag: 'requests',
    summary: 'Cancel the license requests of a batch that wait or have not begun',
    description:
      'For about ten seconds; a call with `next` goes on. Changes that were made at Webex stay: an undo puts them back.',
    path: { batch: { description: 'The `batch` of the requests.', example: 'spring-2026' } },
    query: NEXT,
    answers: {
      200: {
        description: 'How many are cancelled, and how many have begun.',
        content: json(cancelledBatch, {
          ...{ batch: 'spring-2026', requests: 120, cancelled: 117, begun: 1 },
          examples: ['hr-4711'],
        }),
      },
    },
    problems: ['unknown-batch', 'invalid-request'],
  },
} as const satisfies Operations;
