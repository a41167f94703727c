import * as z from 'zod';
import { requireText } from '../../platform/check-text.ts';
import { readDate } from '../../platform/dates.ts';
import { parseJson, refuse } from '../../platform/json.ts';
import { parseWith } from '../../platform/parse-with.ts';
import { foldWords, isPlaceholder } from '../../platform/words.ts';
import { HR_KINDS, standardHrEventSchema } from '../hr-event.ts';
import { fromFields } from './generic.ts';
import {
  deriveId,
  type Normalize,
  type Received,
  toAttributes,
  toEvents,
  toHeaderId,
  toId,
  toNotes,
  toSaidAt,
  toSignedId,
} from './shape.ts';

/** Our own schema. Of it alone, mistakes are named by their place: its sender can mend them. */
export const normalizeStandard: Normalize = (received) =>
  fromStandard(received, toHeaderId(received, 'webhook-id'));

function fromStandard(received: Received, eventId: string | undefined, sentAt?: unknown) {
  const { source, body } = received;
  const { written, notes } = asWritten(body);
  const parsed = parseWith(standardHrEventSchema, written);
  if (!parsed.ok) return parsed;
  if (parsed.value.effective !== undefined && readDate(parsed.value.effective).kind !== 'told')
    return refuse('/effective', 'must be a day that comes, such as 2026-12-01');
  const { type: kind, employee, effective, saidAt, timeZone, attributes } = parsed.value;
  return toEvents([
    {
      source: source.name,
      eventId: eventId ?? deriveId(parsed.value),
      type: kind,
      kind,
      employeeId: employee.id,
      email: employee.email,
      effective,
      occurredAt: toSaidAt(saidAt ?? sentAt, received),
      timeZone,
      attributes,
      ...toNotes(notes),
    },
  ]);
}

const looseMember = z.looseObject({}).optional().catch(undefined);
const bodySchema = z.looseObject({ employee: looseMember, attributes: looseMember });

/**
 * The body as serializers of other languages write it: `Leaver` for an enum, null or a placeholder for what there is
 * none of, midnight for a day, a number for an id. Attributes that cannot be used are left out and noted. What else
 * cannot be read stays as it is, and is refused by its place.
 */
function asWritten(given: unknown): { readonly written: unknown; readonly notes?: readonly string[] } {
  const body = bodySchema.safeParse(given);
  if (!body.success) return { written: given };
  const { type, effective, employee, attributes, ...rest } = body.data;
  const read = readDate(effective);
  const kind = typeof type === 'string' ? HR_KINDS.find((one) => one === foldWords(type)) : undefined;
  const asGiven = (name: string): unknown => Object.getOwnPropertyDescriptor(given, name)?.value;
  const usable = attributes && toAttributes(attributes);
  const isObject = (value: unknown) => typeof value === 'object' && value !== null;
  const nested = Object.values(attributes ?? {}).filter(
    (value) =>
      isObject(value) &&
      !(Array.isArray(value) && Object.keys(toAttributes({ value }).attributes).length > 0),
  );
  const written = {
    ...withoutNone(rest),
    ...withoutNone({ attributes: usable?.attributes ?? asGiven('attributes') }),
    type: kind ?? type,
    ...(read.kind !== 'none' && { effective: read.kind === 'told' ? read.value : effective }),
    employee: employee ? withoutNone({ ...employee, id: toIdText(employee.id) }) : asGiven('employee'),
  };
  const notes = [...(usable?.notes ?? []), ...(nested.length > 0 ? [NESTED] : [])];
  return { written, notes };
}
const NESTED =
  'attributes that are objects, or lists of other things than text, were left out: an attribute is text, or a list of texts';

const toIdText = (id: unknown) => (typeof id === 'number' ? (toId(id) ?? id) : id);

const withoutNone = (members: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(members).filter(([, value]) => {
      return value !== null && value !== undefined && !(typeof value === 'string' && isPlaceholder(value));
    }),
  );

const envelopeSchema = z.looseObject({
  specversion: z.string(),
  id: z.string(),
  source: z.string(),
  time: z.unknown().optional(),
  data: z.unknown().optional(),
  data_base64: z.unknown().optional(),
});

/**
 * CloudEvents over HTTP: structured, or binary with `ce-` headers. The data is our own schema, or that of `fields`. Where
 * the body is signed, headers beside it are not, and an id from there is not believed.
 */
export const normalizeCloudEvents: Normalize = (received) => {
  const { headers, body, source } = received;
  const envelope = envelopeSchema.safeParse(body);
  const [id, from] = envelope.success
    ? [envelope.data.id, envelope.data.source]
    : [headers.get('ce-id'), headers.get('ce-source')];
  if (!id || !from) return refuse('', 'is no CloudEvent: id and source are missing');
  const data = envelope.success ? toData(envelope.data) : { ok: true as const, value: body };
  if (!data.ok) return data;
  const isBelieved = envelope.success || source.scheme.kind === 'token';
  const eventId = toSignedId(received) ?? (isBelieved ? deriveId(from, id) : undefined);
  const inner = { ...received, body: data.value };
  const sentAt = envelope.success ? envelope.data.time : undefined;
  return source.fields ? fromFields(inner, eventId) : fromStandard(inner, eventId, sentAt);
};

/** Data that is no JSON of the envelope itself stands in it as base64. Source: CloudEvents JSON format 1.0, §3.1 */
function toData({ data, data_base64: encoded }: z.output<typeof envelopeSchema>) {
  if (encoded === undefined || encoded === null) return { ok: true as const, value: data };
  const base64 = z.base64().safeParse(encoded);
  if (!base64.success) return refuse('/data_base64', 'must be base64');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64.data, 'base64'));
    return requireText(parseJson(text));
  } catch {
    return refuse('/data_base64', 'must be JSON in UTF-8');
  }
}
