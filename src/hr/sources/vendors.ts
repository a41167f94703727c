import * as z from 'zod';
import type { HrKind } from '../hr-event.ts';
import { toRecordMeaning } from './record.ts';
import {
  type Draft,
  deriveId,
  idText,
  normalizeWith,
  type Received,
  toAttributes,
  toEmail,
  toHeaderId,
  toId,
  toNotes,
  toSaidAt,
  toSignedId,
} from './shape.ts';

const anyFields = z.record(z.string(), z.unknown());

const FINCH_KINDS: Readonly<Record<string, HrKind>> = {
  'employment.created': 'joiner',
  'individual.created': 'joiner',
  'directory.created': 'joiner',
  'employment.updated': 'mover',
  'individual.updated': 'mover',
  'directory.updated': 'mover',
  'individual.deleted': 'deleted',
  'directory.deleted': 'deleted',
};

/** Finch says which employee has changed, and nothing else. */
export const normalizeFinch = normalizeWith(
  z.object({ event_type: z.string(), data: z.looseObject({ individual_id: idText }).nullish() }),
  ({ event_type: type, data }, received): Draft[] => [
    {
      source: received.source.name,
      eventId: toHeaderId(received, 'finch-event-id') ?? deriveId(received.body),
      type,
      // What is about the company names no individual.
      kind: data?.individual_id === undefined ? 'ignored' : (FINCH_KINDS[type] ?? 'ignored'),
      employeeId: data?.individual_id,
      occurredAt: toSaidAt(undefined, received),
    },
  ],
);

function toMergeKind(event: string, isDeleted: boolean): HrKind {
  const [model, verb = ''] = event.split('.');
  // That a sync is over names no employee.
  if (model !== 'employee' || verb === 'synced') return 'ignored';
  if (isDeleted || verb === 'deleted' || verb === 'removed') return 'deleted';
  return verb === 'created' || verb === 'added' ? 'joiner' : 'mover';
}

/** Merge sends its whole model of an employee with each event. */
export const normalizeMerge = normalizeWith(
  z.object({
    hook: z.object({ event: z.string() }),
    linked_account: z.looseObject({}).nullish(),
    data: anyFields,
  }),
  ({ hook, linked_account: account, data }, received): Draft[] => {
    const occurredAt = toSaidAt(data.modified_at, received);
    const { employment_status: status, start_date: startsOn, termination_date: endsOn } = data;
    const { attributes, notes } = toAttributes(data);
    const email = toEmail(data.work_email);
    return [
      {
        source: received.source.name,
        eventId: toSignedId(received) ?? deriveId(account, hook.event, data),
        type: hook.event,
        ...toRecordMeaning(
          toMergeKind(hook.event.toLowerCase(), data.remote_was_deleted === true),
          { status, startsOn, endsOn },
          occurredAt,
          received,
        ),
        employeeId: toId(data.id),
        ...email,
        occurredAt,
        attributes,
        ...toNotes(notes, email.notes),
      },
    ];
  },
);

const HIBOB_KINDS: Readonly<Record<string, HrKind>> = {
  'employee.joined': 'joiner',
  'employee.updated': 'mover',
  'employee.left': 'leaver',
  'employee.deleted': 'deleted',
};

/** HiBob v2: joined and left come at midnight of the day on which they take effect. */
export const normalizeHiBob = normalizeWith(
  z.object({
    companyId: idText,
    type: z.string(),
    triggeredAt: z.unknown().optional(),
    data: z.looseObject({ employeeId: idText, id: idText }).nullish(),
  }),
  ({ companyId, type, triggeredAt, data }, received): Draft[] => [
    {
      ...toThin(received, type, HIBOB_KINDS[type], triggeredAt),
      eventId: toSignedId(received) ?? deriveId(companyId, type, triggeredAt, data ?? {}),
      employeeId: data?.employeeId ?? data?.id,
      ...(data == null && HIBOB_KINDS[type] !== undefined && { failure: HIBOB_VERSION }),
    },
  ],
);
const HIBOB_VERSION =
  'it has no data.employeeId, as a webhook of version 1: create a webhook of version 2 in Bob';

const PERSONIO_KINDS: Readonly<Record<string, HrKind>> = {
  'employment.started': 'joiner',
  'employment.updated': 'mover',
  'person.updated': 'mover',
  'person.deleted': 'deleted',
  'employment.terminated': 'leaver',
};

/** Personio names the person of an employment; the id of the employment itself is another one. */
export const normalizePersonio = normalizeWith(
  z.object({
    company_id: idText,
    event_name: z.string(),
    occurred_at: z.unknown().optional(),
    payload: z.looseObject({ person_id: idText, id: idText }).nullish(),
  }),
  ({ company_id: company, event_name: type, occurred_at: occurredAt, payload }, received): Draft[] => [
    {
      ...toThin(received, type, PERSONIO_KINDS[type], occurredAt),
      eventId: toSignedId(received) ?? deriveId(company, type, occurredAt, payload ?? {}),
      employeeId: payload?.person_id ?? (type.startsWith('person.') ? payload?.id : undefined),
    },
  ],
);

const toThin = (
  received: Received,
  type: string,
  kind: HrKind | undefined,
  occurredAt: unknown,
): Pick<Draft, 'source' | 'type' | 'kind' | 'occurredAt'> => ({
  source: received.source.name,
  type,
  kind: kind ?? 'ignored',
  occurredAt: toSaidAt(occurredAt, received),
});
