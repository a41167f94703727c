import * as z from 'zod';
import { answer, body, json, type Operations } from '../http/openapi/operation.ts';
import { shownPauseSchema, viewSchema } from '../requests/answers.ts';
import { storedLicenseRequestSchema } from '../requests/license-request.ts';
import { BY_ID } from '../requests/operations.ts';
import { decisionSchema } from './approvals.ts';
import { DECISIONS } from './causes.ts';
import { pauseInputSchema } from './set-pause.ts';

const decision = body('Decision', decisionSchema);
const pauseInput = body('NewPause', pauseInputSchema);

const decided = {
  decision: z.enum(DECISIONS),
  validUntil: z.date().optional().describe('Of an approval: what is not done by then needs another one.'),
};
const decidedCause = answer(
  'DecidedCause',
  z.object({ cause: z.string(), ...decided, requests: z.number().int() }),
);
const decidedRequest = answer('DecidedRequest', z.looseObject({ ...decided, ...viewSchema.shape }));

const approvals = answer(
  'Approvals',
  z.object({
    items: z.array(
      z.object({
        cause: z.string().describe('Its approval is `POST /approvals/{cause}`.'),
        requests: z.number().int().describe('Counted up to 1,000.'),
        oldest: z.date().optional(),
        decision: z.enum(DECISIONS).optional().describe('What was decided, while it is carried out.'),
        examples: z.array(
          z.object({
            requestId: z.string(),
            person: storedLicenseRequestSchema.shape.person.optional(),
            source: z.string().optional(),
            reason: z.string().optional(),
            removes: z.array(z.string()).describe('Names of licenses, and sites.'),
          }),
        ),
      }),
    ),
    isMore: z.boolean().optional().describe('There are more causes.'),
    pause: shownPauseSchema.optional(),
  }),
);

const CAUSE = 'batch-spring-2026';
const APPROVE = { decision: 'approve', reason: 'checked with HR' };
const VALID = { decision: 'approve', validUntil: '2026-12-08T08:00:00.000Z' };
const WAITING_REQUEST = {
  ...{ requestId: 'hr-4711', state: 'queued', attempts: 1, history: [] },
  ...{ acceptedAt: '2026-12-01T08:00:00.000Z', updatedAt: '2026-12-01T08:00:01.000Z' },
};
const PAUSE = {
  ...{ paused: true, removals: true, reason: 'a wrong file', by: { channel: 'http', key: '0a1b2c3d' } },
  at: '2026-12-01T08:00:00.000Z',
};

/** Approvals and the pause over HTTP. */
export const guardrailOperations = {
  'list-approvals': {
    tag: 'guardrails',
    summary: 'List what waits for approval',
    answers: {
      200: {
        description: 'The causes under which removals wait, in the order of their names.',
        content: json(approvals, {
          items: [
            {
              ...{ cause: CAUSE, requests: 12, oldest: '2026-12-01T08:00:00.000Z' },
              examples: [
                {
                  requestId: 'hr-4711',
                  person: { email: 'ada@example.com' },
                  removes: ['Advanced Messaging'],
                },
              ],
            },
          ],
        }),
      },
    },
  },
  'decide-approval': {
    tag: 'guardrails',
    summary: 'Approve or reject all that waits under a cause',
    path: { cause: { description: 'As the list of approvals names it.', example: CAUSE } },
    body: { content: json(decision, APPROVE) },
    answers: {
      202: {
        description: 'It is carried out, a few requests a second.',
        content: json(decidedCause, { cause: CAUSE, ...VALID, requests: 12 }),
      },
    },
    problems: ['unknown-cause', 'decided-meanwhile'],
  },
  'decide-license-request': {
    tag: 'guardrails',
    summary: 'Approve or reject the removals of one request',
    path: BY_ID,
    body: { content: json(decision, APPROVE) },
    answers: {
      202: {
        description: 'The request as it goes on.',
        content: json(decidedRequest, { ...VALID, ...WAITING_REQUEST }),
      },
    },
    problems: ['not-found', 'not-awaiting-approval'],
  },
  'read-pause': {
    tag: 'guardrails',
    summary: 'Look at the pause',
    answers: {
      200: {
        description: 'What an operator holds back.',
        content: json(shownPauseSchema, PAUSE, { paused: false }),
      },
    },
  },
  'set-pause': {
    tag: 'guardrails',
    summary: 'Begin, change or end a pause of changes',
    description: 'It is kept by all instances within ten seconds. A pause ends as a whole.',
    body: {
      content: json(
        pauseInput,
        { paused: true, removals: true, reason: 'a wrong file' },
        { paused: false, reason: 'the file is corrected' },
      ),
    },
    answers: {
      200: { description: 'The pause from now on.', content: json(shownPauseSchema, PAUSE) },
    },
    problems: ['decided-meanwhile'],
  },
} as const satisfies Operations;
