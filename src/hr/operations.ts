import * as z from 'zod';
import { answer, body, json, type Operations, schemaOf } from '../http/openapi/operation.ts';
import { NEXT, RANGE } from '../requests/operations.ts';
import type { ExplainedOverride } from './answers/explain.ts';
import {
  employeeListSchema,
  eventListSchema,
  namedLicenseSchema,
  overrideSchema,
  personStateSchema,
  receivedSchema,
  shownEmployeeSchema,
  shownPersonSchema,
} from './answers/schemas.ts';
import { standardHrEventSchema } from './hr-event.ts';
import { HR_EVENT_STATES, type HrEventRecord, hrEventRecordSchema } from './hr-events.ts';
import { importSchema } from './import-employees.ts';

const event = answer('HrEvent', schemaOf<HrEventRecord>()(hrEventRecordSchema));
const events = answer('HrEventList', eventListSchema);
const received = answer('ReceivedHrEvents', receivedSchema);
const person = answer('Person', shownPersonSchema);
const employee = answer('Employee', shownEmployeeSchema);
const employees = answer('EmployeeList', employeeListSchema);
const imported = answer(
  'ImportedEmployees',
  z.object({
    imported: z.number().int(),
    eventsThatGoOn: z.number().int().describe('Events that waited for one of these employees.'),
  }),
);
const forgotten = answer(
  'ForgottenEmployee',
  z.object({ source: z.string(), employeeId: z.string(), events: z.number().int() }),
);
const overrides = answer(
  'Overrides',
  z.object({ items: z.array(answer('Override', schemaOf<ExplainedOverride>()(overrideSchema))) }),
);
const cleared = answer('ClearedOverrides', z.object({ cleared: z.array(namedLicenseSchema) }));
const newEvent = body('NewHrEvent', standardHrEventSchema);
const employeesToImport = body('NewEmployees', importSchema);

const AT = '2026-12-01T08:00:00.000Z';
const SOURCE = {
  description: 'The name of an HR system, as the setting HR_SOURCES has it.',
  example: 'hr',
} as const;
const BY_EMPLOYEE = {
  source: SOURCE,
  employeeId: { description: 'The id of the employee at this source.', example: 'e-4711' },
} as const;
const BY_PERSON = {
  person: { description: 'Any address or id of the person.', example: 'ada@example.com' },
} as const;
const REASON = {
  description: 'Why, in up to 200 characters, for the audit trail.',
  example: 'asked by the person',
  schema: z.string().min(1).max(200),
  isRequired: true,
} as const;
const EVENT = {
  ...{ eventKey: 'hr-0123456789abcdef01234567', state: 'applied', detail: 'joiner', requestIds: ['hr-4711'] },
  event: { source: 'hr', eventId: 'msg_1', type: 'joiner', kind: 'joiner', attributes: {} },
  ...{ outcome: 'counts', looks: 1, receivedAt: AT, updatedAt: AT },
};
const KNOWN = { source: 'hr', employeeId: 'e-4711', email: 'ada@example.com', state: 'employed' };
const OVERRIDE = {
  requestId: 'robin-1',
  operation: 'add',
  id: 'Y2lzY29',
  name: 'Advanced Messaging',
  at: AT,
};

/** HR events, employees and persons over HTTP. */
export const hrOperations = {
  'receive-hr-event': {
    POST: {
      tag: 'hr',
      summary: 'Receive a webhook of an HR system',
      description:
        'Each source sends in the form of its preset: this is the body of the preset `standard-webhooks`. All that is answered 200 is stored and queued.',
      path: { name: SOURCE },
      body: {
        content: json(newEvent, {
          ...{ version: 1, type: 'joiner', employee: { id: 'e-4711', email: 'ada@example.com' } },
          ...{ effective: '2026-12-01', attributes: { department: 'Sales' } },
        }),
      },
      answers: {
        200: {
          description: 'What is recorded of each event in the body.',
          content: json(received, { events: [{ eventKey: EVENT.eventKey, kind: 'joiner' }] }),
        },
      },
      problems: ['signature-refused', 'unknown-source', 'no-hr-sources'],
      security: 'hr-signature',
    },
    OPTIONS: {
      tag: 'hr',
      summary: 'Answer the handshake of a sender of CloudEvents',
      path: { name: SOURCE },
      headers: {
        'webhook-request-origin': { description: 'Who wants to send.', example: 'hr.example.com' },
      },
      answers: {
        200: {
          description: 'It may send.',
          headers: { allow: { description: 'The methods.', example: 'POST, OPTIONS' } },
        },
      },
      problems: ['unknown-source', 'no-hr-sources'],
      security: 'none',
    },
  },
  'list-hr-events': {
    tag: 'hr',
    summary: 'List HR events',
    description: 'Those that match all members of the query; without any, those that need an identity.',
    query: {
      state: { description: 'The state.', example: 'failed', schema: z.enum(HR_EVENT_STATES) },
      source: SOURCE,
      employee: { description: 'The id of an employee; with `source`.', example: 'e-4711' },
      ...BY_PERSON,
      ...RANGE,
      ...NEXT,
    },
    answers: {
      200: { description: 'A page of events.', content: json(events, { state: 'applied', items: [EVENT] }) },
    },
    problems: ['invalid-request'],
  },
  'read-hr-event': {
    tag: 'hr',
    summary: 'Look at an HR event',
    path: { name: { description: 'The `eventKey` of the event.', example: EVENT.eventKey } },
    answers: { 200: { description: 'The event.', content: json(event, EVENT) } },
    problems: ['not-found'],
  },
  'import-employees': {
    tag: 'hr',
    summary: 'Add employees to the directory',
    description: 'Events that waited for one of them go on at once.',
    path: { source: SOURCE },
    body: {
      content: json(employeesToImport, {
        employees: [{ employeeId: 'e-4711', email: 'ada@example.com', attributes: { department: 'Sales' } }],
      }),
    },
    answers: {
      200: {
        description: 'All of them are in the directory.',
        content: json(imported, { imported: 1, eventsThatGoOn: 0 }),
      },
    },
    problems: ['unknown-source'],
  },
  'list-employees': {
    tag: 'hr',
    summary: 'List employees',
    description: 'A page may be short or empty, and not be the last.',
    query: {
      source: SOURCE,
      state: { description: 'The state.', example: 'employed', schema: personStateSchema },
      ...NEXT,
    },
    answers: { 200: { description: 'A page of employees.', content: json(employees, { items: [KNOWN] }) } },
    problems: ['invalid-request'],
  },
  'read-employee': {
    tag: 'hr',
    summary: 'Look at an employee, with their events and their person',
    path: BY_EMPLOYEE,
    answers: {
      200: {
        description: 'The employee.',
        content: json(employee, {
          ...KNOWN,
          events: [
            {
              ...{ eventKey: EVENT.eventKey, state: 'applied', detail: 'joiner', kind: 'joiner' },
              ...{ receivedAt: AT, requestIds: ['hr-4711'] },
            },
          ],
        }),
      },
    },
    problems: ['unknown-employee'],
  },
  'forget-employee': {
    tag: 'hr',
    summary: 'Erase what HR said of an employee',
    path: BY_EMPLOYEE,
    query: { reason: REASON },
    answers: {
      200: {
        description: 'It is erased.',
        content: json(forgotten, { source: 'hr', employeeId: 'e-4711', events: 3 }),
      },
    },
    problems: ['invalid-request', 'unknown-employee', 'decided-meanwhile'],
  },
  'read-person': {
    tag: 'hr',
    summary: 'Look at a person: what they hold, and why',
    path: BY_PERSON,
    answers: {
      200: {
        description: 'By the latest people snapshot, and if HR named the person, why.',
        content: json(person, {
          ...{ personId: 'Y2lzY29', emails: ['ada@example.com'], displayName: 'Ada', type: 'INTERNAL' },
          ...{ licenses: [{ id: 'Y2lzY29', name: 'Advanced Messaging' }], readAt: AT },
        }),
      },
    },
    problems: ['unknown-person'],
  },
  'list-overrides': {
    tag: 'hr',
    summary: 'List the direct requests that stand against the policy',
    path: BY_PERSON,
    answers: {
      200: { description: 'Those of this person.', content: json(overrides, { items: [OVERRIDE] }) },
    },
    problems: ['unknown-person', 'not-decided'],
  },
  'clear-overrides': {
    tag: 'hr',
    summary: 'Let the policy decide about a person again',
    path: BY_PERSON,
    query: {
      license: {
        description: 'One license, by id or name; all where it is left out.',
        example: 'Advanced Messaging',
      },
      reason: REASON,
    },
    answers: {
      200: {
        description: 'The licenses about which the policy decides again.',
        content: json(cleared, { cleared: [{ id: 'Y2lzY29', name: 'Advanced Messaging' }] }),
      },
    },
    problems: ['invalid-request', 'unknown-person', 'unknown-override', 'not-decided', 'decided-meanwhile'],
  },
} as const satisfies Operations;
