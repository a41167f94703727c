import * as z from 'zod';
import type { HrKind } from '../hr-event.ts';
import { toPresence } from './employment.ts';
import { toRecordMeaning } from './record.ts';
import {
  type Draft,
  deriveId,
  idText,
  normalizeWith,
  type Received,
  toAttributes,
  toEmail,
  toNotes,
  toSaidAt,
  toSignedId,
} from './shape.ts';

/** A deleted record is no termination: nobody loses a license for it. */
const KINDS: Readonly<Record<string, HrKind>> = {
  'employee.created': 'joiner',
  'employee.updated': 'mover',
  'employee.deleted': 'deleted',
  created: 'joiner',
  updated: 'mover',
  deleted: 'deleted',
};

const eventSchema = z.object({
  type: z.string(),
  timestamp: z.unknown().optional(),
  data: z.object({ companyId: idText, employeeId: idText, changedFields: z.unknown().optional() }),
});
const fieldsSchema = z.object({ employees: z.array(z.unknown()) });
const employeeSchema = z.object({
  id: idText,
  action: z.string().nullish(),
  timestamp: z.unknown().optional(),
  fields: z.record(z.string(), z.unknown()).nullish(),
});

/** BambooHR: event-based bodies name one employee, field-based ones several with their fields. */
export const normalizeBambooHr = normalizeWith(z.union([eventSchema, fieldsSchema]), (body, received) =>
  'data' in body
    ? [toThin(body, received)]
    : body.employees.map((employee, index) => toFieldBased(employee, index, received)),
);

const toThin = ({ type, timestamp, data }: z.output<typeof eventSchema>, received: Received): Draft => ({
  source: received.source.name,
  eventId: toSignedId(received) ?? deriveId({ type, timestamp, data }),
  type,
  kind: KINDS[type] ?? 'ignored',
  employeeId: data.employeeId,
  occurredAt: toSaidAt(timestamp, received),
});

function toFieldBased(given: unknown, index: number, received: Received): Draft {
  const signedId = toSignedId(received);
  const eventId = signedId === undefined ? deriveId(given) : deriveId(signedId, index);
  const base = { source: received.source.name, eventId };
  const parsed = employeeSchema.safeParse(given);
  if (!parsed.success)
    return {
      ...base,
      type: 'employee',
      kind: 'mover',
      failure: 'it is not what BambooHR sends of an employee',
    };
  const { id, action, timestamp, fields } = parsed.data;
  const { workEmail, hireDate, terminationDate, status, employmentStatus, ...rest } = toFields(fields ?? {});
  const verb = (action ?? 'Updated').toLowerCase();
  const occurredAt = toSaidAt(timestamp, received);
  const employment = {
    status: toStatus(status, employmentStatus),
    startsOn: hireDate,
    endsOn: terminationDate,
  };
  const { attributes, notes } = toAttributes({ ...rest, employmentStatus });
  const email = toEmail(workEmail);
  return {
    ...base,
    type: `employee.${verb}`,
    ...toRecordMeaning(KINDS[verb] ?? 'ignored', employment, occurredAt, received),
    employeeId: id,
    ...email,
    occurredAt,
    attributes,
    ...toNotes(notes, email.notes),
  };
}

/** `Employment Status` says "Terminated" where `Status` is not among the fields that are posted. */
const toStatus = (status: unknown, employmentStatus: unknown): unknown =>
  status === undefined && typeof employmentStatus === 'string' && toPresence(employmentStatus) === 'gone'
    ? employmentStatus
    : status;

/** Fields that are used, by their names with nothing but letters and digits: `Hire Date` and `hireDate` alike. */
const NAMES = new Map(
  [
    ...['workEmail', 'hireDate', 'terminationDate', 'status', 'employmentStatus', 'employmentHistoryStatus'],
    ...['department', 'division', 'location', 'jobTitle'],
  ].map((name) => [toPlainName(name), name]),
);

function toPlainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/**
 * Fields by our names. BambooHR posts them under its own English names (`Work Email`) unless an administrator gave
 * them others, as a value or as `{value}`. Source: https://documentation.bamboohr.com/docs/field-based-webhooks
 */
function toFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const isWrapped = typeof field === 'object' && field !== null && 'value' in field;
      return [NAMES.get(toPlainName(name)) ?? name, isWrapped ? field.value : field];
    }),
  );
}
