import * as z from 'zod';
import { standardHrEventSchema } from '../../contract/hr-event.ts';
import { refuse } from '../../contract/json.ts';
import { parseWith } from '../../contract/license-request.ts';
import { deriveId, type Normalize, type Received, toAttributes, toEffective, toEvents } from './shape.ts';

/** Our own schema. Of it alone, mistakes are named by their place: its sender can mend them. */
export const normalizeStandard: Normalize = (received) =>
  fromStandard(received, received.headers.get('webhook-id'));

function fromStandard({ source, body }: Received, eventId: string | null | undefined) {
  const type = z.object({ type: z.string() }).safeParse(body);
  const isKnown = /^(joiner|mover|leaver|withdrawn)$/.test(type.data?.type ?? 'joiner');
  if (type.success && !isKnown) {
    const name = type.data.type.slice(0, 128) || 'unknown';
    return toEvents([
      { source: source.name, eventId: eventId || deriveId(body), type: name, kind: 'ignored' as const },
    ]);
  }
  const parsed = parseWith(standardHrEventSchema, body);
  if (!parsed.ok) return parsed;
  const { type: kind, employee, effective, timeZone, attributes } = parsed.value;
  return toEvents([
    {
      source: source.name,
      eventId: eventId || deriveId(parsed.value),
      type: kind,
      kind,
      employeeId: employee.id,
      email: employee.email,
      effective,
      timeZone,
      attributes,
    },
  ]);
}

const envelopeSchema = z.looseObject({
  specversion: z.string(),
  id: z.string(),
  source: z.string(),
  data: z.unknown(),
});

/** CloudEvents over HTTP: structured, or binary with `ce-` headers. The data is our own schema, or that of `fields`. */
export const normalizeCloudEvents: Normalize = (received) => {
  const { headers, body, source } = received;
  const envelope = envelopeSchema.safeParse(body);
  const [id, from] = envelope.success
    ? [envelope.data.id, envelope.data.source]
    : [headers.get('ce-id'), headers.get('ce-source')];
  if (!id || !from) return refuse('', 'is no CloudEvent: id and source are missing');
  const data = envelope.success ? envelope.data.data : body;
  const eventId = deriveId(from, id);
  const inner = { ...received, body: data };
  return source.fields ? fromFields(inner, eventId) : fromStandard(inner, eventId);
};

/** Any JSON, by the field map of the source: Workday, SuccessFactors, Rippling and others. */
export const normalizeGeneric: Normalize = (received) => fromFields(received, undefined);

function fromFields({ source, body }: Received, eventId: string | undefined) {
  const { fields, kinds } = source;
  if (!fields || !kinds) return refuse('', 'cannot be read: the source has no fields and kinds');
  const at = (pointer: string | undefined) =>
    pointer === undefined ? undefined : resolvePointer(body, pointer);
  const textAt = (pointer: string | undefined) => {
    const value = at(pointer);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const type = textAt(fields.type) ?? 'unknown';
  const kind = (['joiner', 'mover', 'leaver', 'withdrawn'] as const).find((name) =>
    kinds[name].includes(type),
  );
  const attributes = Object.entries(fields.attributes).map(([name, pointer]) => [name, at(pointer)]);
  return toEvents([
    {
      source: source.name,
      eventId: eventId ?? textAt(fields.eventId) ?? deriveId(body),
      type,
      kind: kind ?? 'ignored',
      employeeId: textAt(fields.employeeId),
      email: textAt(fields.email),
      effective: toEffective(textAt(fields.effective)),
      attributes: toAttributes(Object.fromEntries(attributes)),
    },
  ]);
}

/** RFC 6901; undefined where there is nothing. Only own members are followed. */
export function resolvePointer(value: unknown, pointer: string): unknown {
  let current = value;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined;
    current = Object.entries(current).find(([key]) => key === name)?.[1];
  }
  return current;
}
