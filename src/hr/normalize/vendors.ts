import * as z from 'zod';
import type { HrKind } from '../../contract/hr-event.ts';
import { toMeaning } from './employment.ts';
import { type Draft, deriveId, idText, normalizeWith, toAttributes, toEffective } from './shape.ts';

const anyFields = z.record(z.string(), z.unknown());

/** `employee.deleted` is a deleted record, not a termination: nobody loses a license for it. */
const BAMBOO_KINDS: Readonly<Record<string, HrKind>> = {
  'employee.created': 'joiner',
  'employee.updated': 'mover',
  created: 'joiner',
  updated: 'mover',
};

const bambooEvent = z.object({
  type: z.string(),
  timestamp: z.string(),
  data: z.object({
    companyId: idText.optional(),
    employeeId: idText,
    changedFields: z.array(z.string()).nullish(),
  }),
});
const bambooField = z.object({ value: z.unknown() }).transform(({ value }) => value);
const bambooFields = z.object({
  employees: z.array(
    z.object({
      id: idText,
      action: z.string().default('Updated'),
      timestamp: z.string().nullish(),
      fields: z.record(z.string(), z.union([bambooField, z.unknown()])).default({}),
    }),
  ),
});

/** BambooHR: event-based bodies name one employee, field-based ones several with their fields. */
export const normalizeBambooHr = normalizeWith(
  z.union([bambooEvent, bambooFields]),
  (body, { source }): Draft[] => {
    if ('data' in body) {
      const { employeeId } = body.data;
      return [
        {
          source: source.name,
          eventId: deriveId(body),
          type: body.type,
          kind: BAMBOO_KINDS[body.type] ?? 'ignored',
          employeeId,
          occurredAt: toEffectiveInstant(body.timestamp),
        },
      ];
    }
    return body.employees.map(({ id, action, timestamp, fields }): Draft => {
      const { workEmail, hireDate, terminationDate, status, ...rest } = fields;
      const occurredAt = toEffectiveInstant(timestamp);
      const employment = { status, startsOn: hireDate, endsOn: terminationDate };
      return {
        source: source.name,
        eventId: deriveId(id, action, timestamp, fields),
        type: `employee.${action.toLowerCase()}`,
        ...toMeaning(BAMBOO_KINDS[action.toLowerCase()] ?? 'ignored', employment, occurredAt),
        employeeId: id,
        email: toEmail(workEmail),
        occurredAt,
        attributes: toAttributes(rest),
      };
    });
  },
);

const HIBOB_KINDS: Readonly<Record<string, HrKind>> = {
  'employee.joined': 'joiner',
  'employee.updated': 'mover',
  'employee.left': 'leaver',
};

/** HiBob v2: joined and left come at midnight of the day on which they take effect. */
export const normalizeHiBob = normalizeWith(
  z.object({
    companyId: idText,
    type: z.string(),
    triggeredAt: z.string(),
    data: z.looseObject({ employeeId: idText.optional(), id: idText.optional() }).default({}),
  }),
  ({ companyId, type, triggeredAt, data }, { source }): Draft[] => [
    {
      source: source.name,
      eventId: deriveId(companyId, type, triggeredAt, data),
      type,
      kind: HIBOB_KINDS[type] ?? 'ignored',
      employeeId: data.employeeId ?? data.id,
      occurredAt: toEffectiveInstant(triggeredAt),
    },
  ],
);

const FINCH_KINDS: Readonly<Record<string, HrKind>> = {
  'employment.created': 'joiner',
  'individual.created': 'joiner',
  'directory.created': 'joiner',
  'employment.updated': 'mover',
  'individual.updated': 'mover',
  'directory.updated': 'mover',
};

export const normalizeFinch = normalizeWith(
  z.object({ event_type: z.string(), data: z.looseObject({ individual_id: idText.optional() }).nullish() }),
  ({ event_type: type, data }, { source, headers, body }): Draft[] => [
    {
      source: source.name,
      eventId: headers.get('finch-event-id') ?? deriveId(body),
      type,
      kind: data?.individual_id === undefined ? 'ignored' : (FINCH_KINDS[type] ?? 'ignored'),
      employeeId: data?.individual_id,
    },
  ],
);

/** Merge sends its whole model of an employee with each event. */
export const normalizeMerge = normalizeWith(
  z.object({
    hook: z.object({ event: z.string() }),
    linked_account: z.looseObject({}).nullish(),
    data: anyFields,
  }),
  ({ hook, linked_account: account, data }, { source }): Draft[] => {
    const isEmployee = /^employee\./i.test(hook.event);
    const isNew = /\.(created|added)$/i.test(hook.event);
    const occurredAt = toEffectiveInstant(data.modified_at);
    const { employment_status: status, start_date: startsOn, termination_date: endsOn } = data;
    return [
      {
        source: source.name,
        eventId: deriveId(account, hook.event, data),
        type: hook.event,
        ...toMeaning(
          !isEmployee ? 'ignored' : isNew ? 'joiner' : 'mover',
          { status, startsOn, endsOn },
          occurredAt,
        ),
        employeeId: typeof data.id === 'string' ? data.id : undefined,
        email: toEmail(data.work_email),
        occurredAt,
        attributes: toAttributes(data),
      },
    ];
  },
);

const PERSONIO_KINDS: Readonly<Record<string, HrKind>> = {
  'employment.started': 'joiner',
  'employment.updated': 'mover',
  'person.updated': 'mover',
  'employment.terminated': 'leaver',
};

export const normalizePersonio = normalizeWith(
  z.object({
    company_id: idText,
    event_name: z.string(),
    occurred_at: z.string(),
    payload: z.looseObject({ person_id: idText.optional(), id: idText.optional() }).default({}),
  }),
  ({ company_id: company, event_name: type, occurred_at: occurredAt, payload }, { source }): Draft[] => [
    {
      source: source.name,
      eventId: deriveId(company, type, occurredAt, payload),
      type,
      kind: PERSONIO_KINDS[type] ?? 'ignored',
      employeeId: payload.person_id ?? payload.id,
      occurredAt: toEffectiveInstant(occurredAt),
    },
  ],
);

const toEmail = (value: unknown): string | undefined =>
  typeof value === 'string' && z.email().safeParse(value).success ? value : undefined;

/** A time with offset; a day is taken for its beginning in UTC. */
function toEffectiveInstant(value: unknown): string | undefined {
  const effective = toEffective(value);
  return effective?.length === 10 ? `${effective}T00:00:00Z` : effective;
}
