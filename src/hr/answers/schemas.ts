import * as z from 'zod';
import { schemaOf } from '../../http/openapi/operation.ts';
import { storedAttributesSchema } from '../../policy/attribute-value.ts';
import { nextSchema, stateSchema, unreadableSchema } from '../../requests/answers.ts';
import { requestRecordSchema } from '../../requests/record/record.ts';
import { factSchema } from '../fact.ts';
import { HR_EVENT_STATES, hrEventRecordSchema } from '../hr-events.ts';
import type { PersonAnswer } from './answer-person.ts';

const EMPLOYEE_STATES = ['unknown', 'to-come', 'employed', 'left', 'never'] as const;
export const personStateSchema = z.enum([...EMPLOYEE_STATES, 'needs-identity']);
const namedLicense = {
  id: z.string().describe("Webex's license id, or `site:<host>`."),
  name: z.string(),
};
export const namedLicenseSchema = z.object(namedLicense);
const { kind, effective, employment } = factSchema.shape;

const explainedFactSchema = z.object({
  eventId: z.string(),
  eventKey: z.string().describe('For `GET /hr-events/{name}`, as long as the event is kept.'),
  ...{ kind, saidAt: z.date(), effective, employment, attributes: storedAttributesSchema },
  outcome: z.string().describe('Such as `counts`, `moved by <eventId>` or `no effect: <why>`.'),
});

export const explainedEmployeeSchema = z.object({
  source: z.string(),
  employeeId: z.string(),
  email: z.string().exactOptional().describe('The address that HR named last.'),
  state: z.enum(EMPLOYEE_STATES),
  employments: z.array(
    z.object({
      from: z.date().exactOptional(),
      until: z.date().exactOptional(),
      timeZone: z.string(),
      fromBy: z.string().exactOptional().describe('The id of the event that counts.'),
      untilBy: z.string().exactOptional(),
    }),
  ),
  attributes: storedAttributesSchema.describe('As the rules see them.'),
  isDeletedInHr: z.boolean(),
  facts: z.array(explainedFactSchema).describe('In the order in which HR said them.'),
});

export const overrideSchema = z.object({
  requestId: z.string(),
  operation: z.enum(['add', 'remove']),
  ...namedLicense,
  at: z.date(),
  until: z.date().exactOptional(),
});

export const explainedRequestSchema = z.object({
  requestId: z.string(),
  state: stateSchema,
  channel: z.string().exactOptional().describe('`hr` where the policy asks; else a direct request.'),
  reason: z.string().exactOptional(),
  effectiveAt: z.string().exactOptional(),
  changes: z
    .array(z.object({ operation: z.enum(['add', 'remove']), name: z.string() }))
    .describe('What is left to do.'),
  waiting: requestRecordSchema.shape.waiting,
  seats: z
    .array(z.object({ ...namedLicense, place: z.number().int().exactOptional() }))
    .exactOptional()
    .describe('The place in line for a seat of each license that it waits for.'),
});

/** Why a person has what they have, beside what the people snapshot has. */
const personAnswerSchema = schemaOf<PersonAnswer>()(
  z.object({
    state: personStateSchema,
    employees: z.array(explainedEmployeeSchema),
    decisions: z.array(
      z.object({
        ...namedLicense,
        action: z.enum(['add', 'remove', 'keep', 'none']),
        why: z.string(),
        isDesired: z.boolean(),
        granted: z.enum(['rule', 'adoption']).exactOptional().describe('Absent where Seatline gave nothing.'),
        isHeld: z.boolean().exactOptional().describe('By the people snapshot, where it has the person.'),
      }),
    ),
    overrides: z.array(overrideSchema),
    problems: z.array(z.string()).describe('What stands against a decision.'),
    nextChangeAt: z.date().exactOptional().describe('When something changes next by itself.'),
    policyVersion: z.string().exactOptional(),
    requests: z.array(explainedRequestSchema).describe('Those that have not ended.'),
    next: z.array(z.string()).describe('What can be done, as commands where there is one.'),
  }),
);

/** A person of the people snapshot, of HR, or of both: members that are not known are absent. */
export const shownPersonSchema = z.object({
  personId: z.string().exactOptional(),
  emails: z.array(z.string()).exactOptional(),
  displayName: z.string().optional(),
  type: z.enum(['INTERNAL', 'EXTERNAL']).exactOptional(),
  licenses: z.array(z.object({ id: z.string(), name: z.string().exactOptional() })).exactOptional(),
  siteUrls: z.array(z.string()).exactOptional(),
  createdAt: z.string().exactOptional().describe('When Webex created the person, as Webex writes it.'),
  readAt: z.iso.datetime().exactOptional().describe('When the people were read.'),
  ...personAnswerSchema.partial().shape,
});

const { shape: event } = hrEventRecordSchema;

export const shownEmployeeSchema = z.object({
  source: z.string(),
  employeeId: z.string(),
  email: z.string().exactOptional(),
  state: personStateSchema,
  directory: z.object({ attributes: storedAttributesSchema }).exactOptional(),
  events: z
    .array(
      z.object({
        ...{ eventKey: event.eventKey, state: event.state, outcome: event.outcome, detail: event.detail },
        ...{ kind: event.event.shape.kind, receivedAt: event.receivedAt, requestIds: event.requestIds },
      }),
    )
    .describe('The newest first.'),
  person: shownPersonSchema.exactOptional(),
});

export const employeeListSchema = z.object({
  items: z.array(
    z.object({
      source: z.string(),
      employeeId: z.string(),
      email: z.string().exactOptional(),
      state: personStateSchema,
    }),
  ),
  next: nextSchema,
  unreadable: unreadableSchema,
});

export const eventListSchema = z.object({
  state: z.enum(HR_EVENT_STATES).exactOptional(),
  items: z.array(hrEventRecordSchema),
  next: nextSchema,
  unreadable: unreadableSchema,
});

export const receivedSchema = z.union([
  z.object({
    events: z.array(
      z.object({
        eventKey: z.string(),
        kind: event.event.shape.kind,
        failure: z.string().exactOptional().describe('Why it cannot be acted on.'),
        detail: z.string().exactOptional().describe('Why it says nothing about licenses.'),
      }),
    ),
  }),
  z.object({ ping: z.literal('seen') }),
]);
