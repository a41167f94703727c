import * as z from 'zod';
import { answer, body, json, type Operations, schemaOf } from '../../http/openapi/operation.ts';
import { nextSchema, shownJob } from '../../requests/answers.ts';
import { type AdoptionLine, adoptionResultSchema } from './adoption.ts';
import { adoptionBodySchema } from './adoption-doors.ts';
import { reclaimBodySchema } from './reclaim.ts';

const count = z.number().int();
const person = z.object({ email: z.string().exactOptional(), personId: z.string().exactOptional() });
const employees = z.array(z.object({ source: z.string(), employeeId: z.string() }));
const names = z.array(z.string());

const newAdoption = body('NewAdoption', adoptionBodySchema);
const newReclaim = body('NewReclaim', reclaimBodySchema);
const adoption = answer(
  'Adoption',
  z.object({
    adoptionId: z.string(),
    ...shownJob,
    dryRun: z.boolean(),
    progress: z.object({ people: count }),
    result: adoptionResultSchema.exactOptional(),
  }),
);
const adoptedPeople = answer(
  'AdoptedPeople',
  z.object({
    items: z.array(
      answer(
        'AdoptedPerson',
        schemaOf<AdoptionLine>()(
          z.object({
            ...{ person, employees },
            state: z.string().describe('By what HR said; `unknown` where it named no employee.'),
            adopted: names.describe('Licenses by name.'),
            loses: names.describe('What a person who left loses at once.'),
            losesLater: names,
            note: z
              .enum(['needs-identity', 'busy', 'not-in-snapshot'])
              .exactOptional()
              .describe('Why nothing is adopted.'),
          }),
        ),
      ),
    ),
    next: nextSchema,
  }),
);
const reclaimed = answer(
  'Reclaimed',
  z.object({
    ...{ person, employees, state: z.string(), dryRun: z.boolean() },
    licenses: z.array(
      z.object({ id: z.string(), name: z.string(), action: z.enum(['remove', 'keep']), why: z.string() }),
    ),
    requestId: z.string().exactOptional().describe('The license request that takes it.'),
  }),
);

const AT = '2026-12-01T08:00:00.000Z';
const ADOPTION_ID = '0f8a4b1e-1f0b-4b4e-9d6f-5f2d3f2f7f11';
const ADOPTION = {
  ...{ adoptionId: ADOPTION_ID, state: 'running', dryRun: true, createdAt: AT, updatedAt: AT },
  progress: { people: 1_200 },
};
const BY_ADOPTION = {
  adoptionId: { description: 'The id of the adoption.', example: ADOPTION_ID },
} as const;
const ADA = { person: { email: 'ada@example.com' }, employees: [{ source: 'hr', employeeId: 'e-4711' }] };
const RECLAIMED = {
  ...{ ...ADA, state: 'left', dryRun: true },
  licenses: [
    { id: 'Y2lzY29', name: 'Advanced Messaging', action: 'remove', why: 'leaver rule at once' },
    { id: 'Y2lzY30', name: 'Basic Messaging', action: 'keep', why: 'not managed' },
  ],
};

/** Adoptions over HTTP, and what is reclaimed by hand. */
export const adoptionOperations = {
  'start-adoption': {
    tag: 'policy',
    summary: 'Adopt what people hold and the policy manages',
    description: 'By the latest people snapshot. A dry run only says what would be adopted.',
    body: { content: json(newAdoption, { dryRun: true }), isOptional: true },
    answers: {
      202: {
        description: 'It is queued.',
        content: json(adoption, { ...ADOPTION, state: 'queued', progress: { people: 0 } }),
        headers: {
          location: { description: 'The address of the adoption.', example: `/api/adoptions/${ADOPTION_ID}` },
        },
      },
    },
    problems: ['no-policy', 'nothing-managed', 'no-people', 'too-many-jobs'],
  },
  'read-adoption': {
    tag: 'policy',
    summary: 'Look at an adoption',
    path: BY_ADOPTION,
    answers: { 200: { description: 'Its progress, or its result.', content: json(adoption, ADOPTION) } },
    problems: ['unknown-adoption'],
  },
  'read-adoption-people': {
    tag: 'policy',
    summary: 'List who gets what by an adoption, and who is left out',
    path: BY_ADOPTION,
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
        content: json(adoptedPeople, {
          items: [
            {
              ...{ ...ADA, state: 'left', adopted: ['Advanced Messaging'] },
              ...{ loses: ['Advanced Messaging'], losesLater: [] },
            },
          ],
        }),
      },
    },
    problems: ['unknown-adoption', 'invalid-request'],
  },
  'remove-adoption': {
    tag: 'policy',
    summary: 'End an adoption where it is, and remove what it shows',
    description: 'What is adopted stays.',
    path: BY_ADOPTION,
    answers: { 204: { description: 'It is removed.' } },
    problems: ['unknown-adoption'],
  },
  reclaim: {
    tag: 'hr',
    summary: 'Take from a person who left what leaver rules take',
    description: 'Of what the person holds at Webex now and the policy manages.',
    path: { person: { description: 'An address or a person id.', example: 'ada@example.com' } },
    body: { content: json(newReclaim, { dryRun: true }), isOptional: true },
    answers: {
      200: {
        description: 'What would be taken, and what stays; or there is nothing to take.',
        content: json(reclaimed, RECLAIMED),
      },
      202: {
        description: 'It is asked for.',
        content: json(reclaimed, { ...RECLAIMED, dryRun: false, requestId: 'hr-0123.1.1' }),
      },
    },
    problems: ['unknown-person', 'not-a-leaver', 'not-decided'],
  },
} as const satisfies Operations;
