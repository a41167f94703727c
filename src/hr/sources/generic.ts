import { type DateRead, readDate, readInstant } from '../../platform/dates.ts';
import { type Parsed, refuse } from '../../platform/json.ts';
import { foldWords, isPlaceholder } from '../../platform/words.ts';
import type { HrEvent } from '../hr-event.ts';
import { toUnreadableDate } from './employment.ts';
import {
  type Draft,
  deriveId,
  type Normalize,
  type Received,
  toAttributes,
  toEmail,
  toEvents,
  toId,
  toNotes,
  toSaidAt,
  toSignedId,
} from './shape.ts';

const MAX_EVENTS = 5_000;

/** Any JSON, by the field map of the source: Workday, SuccessFactors, Rippling and others. */
export const normalizeGeneric: Normalize = (received) => fromFields(received, undefined);

/** @param eventId what the envelope of the event says */
export function fromFields(received: Received, eventId: string | undefined): Parsed<readonly HrEvent[]> {
  const { fields, kinds } = received.source;
  if (!fields || !kinds) return refuse('', 'cannot be read: the source has no fields and kinds');
  const list = findList(received.body, fields.type);
  if (list.length > MAX_EVENTS) return refuse('', `has more than ${MAX_EVENTS} events: send fewer at once`);
  const bodyId = eventId ?? toSignedId(received);
  return toEvents(
    list.map((move, index) => {
      const draft = toDraft(received, fields, kinds, move);
      const ownId = bodyId === undefined || list.length === 1 ? bodyId : deriveId(bodyId, index);
      const derived = () => (list.length === 1 ? deriveId(received.body) : deriveId(received.body, index));
      return { ...draft, eventId: ownId ?? draft.eventId ?? derived() };
    }),
  );
}

type Fields = NonNullable<Received['source']['fields']>;
type Kinds = NonNullable<Received['source']['kinds']>;
/** A pointer of the field map as it is for one event of several. */
type Move = (pointer: string) => string;

function toDraft(received: Received, fields: Fields, kinds: Kinds, move: Move): Draft {
  const { source, body } = received;
  const at = (pointer: string | undefined) =>
    pointer === undefined ? undefined : resolvePointer(body, move(pointer));
  const given = toId(at(fields.type));
  const type = given ?? 'unknown';
  const kind = (['joiner', 'mover', 'leaver', 'withdrawn'] as const).find((name) =>
    kinds[name].some((one) => foldWords(one) === foldWords(type)),
  );
  const values = Object.entries(fields.attributes).map(([name, pointer]) => [name, at(pointer)]);
  const { attributes, notes } = toAttributes(Object.fromEntries(values));
  const email = toEmail(at(fields.email));
  const effective = readDate(at(fields.effective), source.dates);
  const said = at(fields.saidAt);
  const isSaid = said != null && !(typeof said === 'string' && isPlaceholder(said));
  const isSaidUnclear = isSaid && readInstant(said, source.dates) === undefined;
  return {
    source: source.name,
    eventId: toId(at(fields.eventId)),
    type,
    kind: kind ?? 'ignored',
    ...(kind === undefined && { ignoredBecause: toIgnoredBecause(given, fields, kinds) }),
    employeeId: toId(at(fields.employeeId)),
    ...email,
    ...(effective.kind === 'told' && { effective: effective.value }),
    occurredAt: toSaidAt(said, received),
    ...(isSaidUnclear && kind !== undefined && { failure: UNREADABLE_SAID }),
    ...(isUnclear(effective) && kind !== undefined && { failure: toUnreadableDate('date') }),
    attributes,
    ...toNotes(notes, email.notes),
  };
}

const UNREADABLE_SAID =
  'the time at which HR said it cannot be read: send a time with offset, or state the format of the source in "dates"';

const MAX_TYPE_LENGTH = 128;
const MAX_REASON_LENGTH = 1_000;

/** That a type means nothing is what the settings say, and they may lack it. */
function toIgnoredBecause(type: string | undefined, fields: Fields, kinds: Kinds): string {
  if (type === undefined) return `it has no type at "${fields.type}", where "fields" of its source has it`;
  const known = Object.entries(kinds).flatMap(([kind, types]) =>
    types.length === 0 ? [] : [`${kind}: ${types.join(', ')}`],
  );
  return `its type "${type.slice(0, MAX_TYPE_LENGTH)}" is none of the "kinds" of its source (${known.join('; ')}): name it there if it means one of them`.slice(
    0,
    MAX_REASON_LENGTH,
  );
}

/** An event on a day that never comes says nothing that could be done. */
const isUnclear = ({ kind }: DateRead) => kind === 'unreadable' || kind === 'never';

/**
 * Where the pointer to the type leads through the first element of a list, each element of the list is an event: the
 * pointers of the map are then meant for each of them.
 */
function findList(body: unknown, pointer: string): readonly Move[] {
  const parts = pointer.split('/');
  for (const [place, part] of parts.entries()) {
    if (part !== '0') continue;
    const above = parts.slice(0, place).join('/');
    const list = resolvePointer(body, above);
    if (!Array.isArray(list) || list.length < 2) continue;
    const first = `${above}/0`;
    return list.map(
      (_event, index): Move =>
        (one) =>
          one === first || one.startsWith(`${first}/`) ? `${above}/${index}${one.slice(first.length)}` : one,
    );
  }
  return [(one) => one];
}

/** RFC 6901, and `*` for each element of a list; undefined where there is nothing. Only own members are followed. */
export function resolvePointer(value: unknown, pointer: string): unknown {
  let current = value;
  const parts = pointer.split('/').slice(1);
  for (const [place, part] of parts.entries()) {
    const rest = parts.slice(place + 1).map((one) => `/${one}`);
    if (part === '*' && Array.isArray(current))
      return current.map((one) => resolvePointer(one, rest.join('')));
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined;
    current = Object.getOwnPropertyDescriptor(current, name)?.value;
  }
  return current;
}
