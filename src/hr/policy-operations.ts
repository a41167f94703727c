import * as z from 'zod';
import { answer, body, json, type Operations, schemaOf } from '../http/openapi/operation.ts';
import { nextSchema, shownJob } from '../requests/answers.ts';
import { requestRecordSchema } from '../requests/record/record.ts';
import { type PlannedPerson, planResultSchema } from './plan/plan.ts';
import { reevaluationInputSchema } from './policy-doors.ts';

const date = z.date().optional();
const count = z.number().int();

const reevaluationInput = body('NewReevaluation', reevaluationInputSchema);
const policy = answer(
  'PolicyStatus',
  z.object({
    inForce: z
      .object({ version: z.string(), rules: count, leaverRules: count, since: date })
      .optional()
      .describe('Absent where no policy has been good yet.'),
    refused: z
      .object({ problems: z.array(z.string()), isMore: z.boolean().optional() })
      .optional()
      .describe('Why the saved policy is not in force.'),
    reevaluation: z
      .object({
        state: z.enum(['to-come', 'running', 'done', 'stopped']),
        policyVersion: z.string(),
        startedAt: date,
        sent: count.optional().describe('People who were queued for re-evaluation.'),
        expected: count.optional(),
        doneAt: date,
        stopped: z
          .object({
            policyVersion: z.string(),
            by: requestRecordSchema.shape.origin,
            reason: z.string(),
            at: z.date(),
          })
          .optional(),
      })
      .optional()
      .describe('How far everybody is re-evaluated by the policy in force.'),
    needsApproval: z.object({ cause: z.string(), requests: count }).optional(),
  }),
);

const plan = answer(
  'PolicyPlan',
  z.object({
    planId: z.string(),
    ...shownJob,
    policyVersion: z.string(),
    progress: z.object({ people: count }),
    result: planResultSchema.exactOptional(),
  }),
);
const plannedPeople = answer(
  'PlannedPeople',
  z.object({
    items: z.array(
      answer(
        'PlannedPerson',
        schemaOf<PlannedPerson>()(
          z.object({
            person: z.object({ email: z.string().exactOptional(), personId: z.string().exactOptional() }),
            employees: z.array(z.object({ source: z.string(), employeeId: z.string() })),
            items: z.array(
              z.object({
                operation: z.enum(['gain', 'lose']),
                licenseId: z.string(),
                license: z.string(),
                rules: z.array(z.string()),
                why: z.string(),
              }),
            ),
          }),
        ),
      ),
    ),
    next: nextSchema,
  }),
);

const AT = '2026-12-01T08:00:00.000Z';
const POLICY = 'version: 1\nrules:\n  - { name: everybody, licenses: [Advanced Messaging] }\n';
const VERSION = '0123456789ab';
const PLAN_ID = '0f8a4b1e-1f0b-4b4e-9d6f-5f2d3f2f7f10';
const PLAN = {
  ...{ planId: PLAN_ID, state: 'running', policyVersion: VERSION, createdAt: AT, updatedAt: AT },
  progress: { people: 1_200 },
};
const STATUS = {
  inForce: { version: VERSION, rules: 3, leaverRules: 1, since: AT },
  reevaluation: { state: 'running', policyVersion: VERSION, startedAt: AT, sent: 1_200 },
};
const BY_PLAN = { planId: { description: 'The id of the plan.', example: PLAN_ID } } as const;

/** The policy and plans of it over HTTP. */
export const policyOperations = {
  'read-policy': {
    tag: 'policy',
    summary: 'Look at the policy in force',
    description: 'Also the saved one that is refused, and how far everybody is re-evaluated.',
    answers: { 200: { description: 'The policy in force.', content: json(policy, STATUS) } },
  },
  'set-policy-reevaluation': {
    tag: 'policy',
    summary: 'Stop the re-evaluation of everybody, or begin it again',
    body: { content: json(reevaluationInput, { state: 'stopped', reason: 'a rule is wrong' }) },
    answers: { 200: { description: 'The policy in force.', content: json(policy, STATUS) } },
    problems: ['no-policy', 'decided-meanwhile'],
  },
  'start-policy-plan': {
    tag: 'policy',
    summary: 'Find out what a policy would do',
    description: 'The body is the text of the policy, of at most 1 MiB.',
    body: {
      content: {
        'application/yaml': { schema: z.string(), examples: { policy: POLICY } },
        'text/plain': { schema: z.string(), examples: { policy: POLICY } },
      },
    },
    answers: {
      202: {
        description: 'It is queued.',
        content: json(plan, { ...PLAN, state: 'queued', progress: { people: 0 } }),
        headers: {
          location: { description: 'The address of the plan.', example: `/api/policy/plans/${PLAN_ID}` },
        },
      },
    },
    problems: ['policy-refused', 'too-many-plans'],
  },
  'read-policy-plan': {
    tag: 'policy',
    summary: 'Look at a plan',
    path: BY_PLAN,
    answers: { 200: { description: 'Its progress, or its result.', content: json(plan, PLAN) } },
    problems: ['unknown-plan'],
  },
  'read-policy-plan-people': {
    tag: 'policy',
    summary: 'List who would gain or lose what',
    path: BY_PLAN,
    query: {
      next: {
        description: 'Of the next page, as `next` of the page before has it.',
        example: '1',
        schema: z.string().regex(/^\d{1,6}$/),
      },
    },
    answers: {
      200: {
        description: 'A page of people.',
        content: json(plannedPeople, {
          items: [
            {
              person: { email: 'ada@example.com' },
              employees: [{ source: 'hr', employeeId: 'e-4711' }],
              items: [
                {
                  ...{ operation: 'gain', licenseId: 'Y2lzY29', license: 'Advanced Messaging' },
                  ...{ rules: ['everybody'], why: 'rule everybody' },
                },
              ],
            },
          ],
        }),
      },
    },
    problems: ['unknown-plan', 'invalid-request'],
  },
  'remove-policy-plan': {
    tag: 'policy',
    summary: 'End a plan, and remove what came of it',
    path: BY_PLAN,
    answers: { 204: { description: 'It is removed.' } },
    problems: ['unknown-plan'],
  },
} as const satisfies Operations;
