import * as z from 'zod';
import { answer, body, json, type Operations, schemaOf } from '../../http/openapi/operation.ts';
import { nextSchema, shownJob } from '../answers.ts';
import { OPERATIONS } from '../license-request.ts';
import {
  LEFT_REASONS,
  type LeftReason,
  OPEN_REASONS,
  type OpenReason,
  type UndoLine,
  undoInputSchema,
  undoResultSchema,
} from './undo.ts';
import { undoBodySchema } from './undo-body.ts';

const count = z.number().int();
const namesOf = <T extends string>(reasons: Readonly<Record<T, string>>) => Object.keys(reasons) as T[];

const newUndo = body('NewUndo', undoBodySchema);
const undo = answer(
  'Undo',
  z.object({
    undoId: z.string(),
    ...shownJob,
    scope: undoInputSchema.shape.scope,
    since: z.date().optional(),
    dryRun: z.boolean(),
    batch: z.string().exactOptional().describe('Of the requests that put something back.'),
    progress: z.object({ requests: count, putBack: count, left: count }),
    result: undoResultSchema.exactOptional(),
  }),
);
const changes = answer(
  'UndoneChanges',
  z.object({
    items: z.array(
      answer(
        'UndoneChange',
        schemaOf<UndoLine>()(
          z.object({
            requestId: z.string().describe('The undone request.'),
            person: z.object({ email: z.string().exactOptional(), personId: z.string().exactOptional() }),
            outcome: z.enum(['put-back', 'left', 'cancelled', 'open']),
            license: z.object({ id: z.string(), name: z.string() }).exactOptional(),
            siteUrl: z.string().exactOptional(),
            undone: z.enum(OPERATIONS).exactOptional().describe('What the undone request did, or asked for.'),
            reason: z
              .enum([...namesOf<LeftReason>(LEFT_REASONS), ...namesOf<OpenReason>(OPEN_REASONS)])
              .exactOptional(),
            detail: z.string().exactOptional(),
            by: z
              .string()
              .exactOptional()
              .describe('The request that puts it back, or the newer one that decides.'),
            command: z
              .string()
              .exactOptional()
              .describe('What stops an open request, or tries a failed undo again.'),
          }),
        ),
      ),
    ),
    next: nextSchema,
  }),
);

const AT = '2026-12-01T08:00:00.000Z';
const UNDO_ID = 'undo-0123456789ab';
const SHOWN = {
  ...{ undoId: UNDO_ID, state: 'running', scope: { source: 'hr' }, dryRun: false, batch: UNDO_ID },
  ...{ createdAt: AT, updatedAt: AT, progress: { requests: 12, putBack: 10, left: 2 } },
};
const BY_UNDO = { undoId: { description: 'The id of the undo.', example: UNDO_ID } } as const;

/** Undo over HTTP. */
export const undoOperations = {
  'start-undo': {
    tag: 'requests',
    summary: 'Put back what some requests changed',
    description: 'Exactly one of `source`, `policyVersion`, `batch` and `requestId` is given.',
    body: { content: json(newUndo, { batch: 'spring-2026', dryRun: true }) },
    answers: {
      202: {
        description: 'It is queued.',
        content: json(undo, { ...SHOWN, state: 'queued' }),
        headers: { location: { description: 'Its address.', example: `/api/undo/${UNDO_ID}` } },
      },
    },
    problems: ['too-many-jobs'],
  },
  'read-undo': {
    tag: 'requests',
    summary: 'Look at an undo',
    path: BY_UNDO,
    answers: { 200: { description: 'Its progress, or its result.', content: json(undo, SHOWN) } },
    problems: ['unknown-undo'],
  },
  'read-undo-changes': {
    tag: 'requests',
    summary: 'List what becomes of each change',
    path: BY_UNDO,
    query: {
      next: {
        description: 'Of the next page, as `next` of the page before has it.',
        example: '1',
        schema: z.string().regex(/^\d{1,6}$/),
      },
    },
    answers: {
      200: {
        description: 'A page of changes.',
        content: json(changes, {
          items: [
            {
              ...{ requestId: 'hr-4711', person: { email: 'ada@example.com' }, outcome: 'put-back' },
              ...{ license: { id: 'Y2lzY29', name: 'Advanced Messaging' }, undone: 'remove' },
            },
          ],
        }),
      },
    },
    problems: ['unknown-undo', 'invalid-request'],
  },
  'stop-undo': {
    tag: 'requests',
    summary: 'End an undo where it is',
    description: 'Requests that it has sent go on.',
    path: BY_UNDO,
    answers: {
      200: {
        description: 'The undo as it ended.',
        content: json(undo, { ...SHOWN, state: 'failed', failure: 'stopped by a person' }),
      },
    },
    problems: ['unknown-undo', 'decided-meanwhile'],
  },
} as const satisfies Operations;
