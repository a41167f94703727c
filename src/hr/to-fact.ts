import { foldWords } from '../platform/words.ts';
import type { Employee } from './employee.ts';
import type { Fact } from './fact.ts';
import type { HrEvent } from './hr-event.ts';
import { toPresence } from './sources/employment.ts';

const KINDS = {
  joiner: 'hired',
  mover: 'changed',
  leaver: 'left',
  withdrawn: 'withdrawn',
  deleted: 'deleted',
} as const;

/** The fact that an HR event is; undefined of one that says nothing about licenses. */
export function toFact(event: HrEvent, receivedAt: Date): Fact | undefined {
  const { eventId: id, kind, occurredAt, effective, timeZone, email, attributes } = event;
  if (kind === 'ignored') return undefined;
  const saidAt = occurredAt === undefined ? receivedAt : new Date(occurredAt);
  const employment = toEmployment(event);
  return {
    id,
    kind: employment ? 'record' : KINDS[kind],
    said: saidAt > receivedAt ? receivedAt : saidAt,
    attributes,
    ...(effective !== undefined && !employment && { effective }),
    ...(timeZone !== undefined && { timeZone }),
    ...(email !== undefined && { email }),
    ...(employment && { employment }),
  };
}

/** A whole record, unless it tells no more than that somebody was hired. */
function toEmployment({ kind, employment }: HrEvent): Fact['employment'] {
  if (employment === undefined || kind === 'withdrawn' || kind === 'deleted') return undefined;
  const { status, startsOn, endsOn } = employment;
  const presence = toPresence(status);
  if (kind === 'joiner' && presence === 'not-told' && startsOn == null) return undefined;
  return {
    presence,
    ...(startsOn !== undefined && { startsOn }),
    ...(endsOn !== undefined && { endsOn }),
  };
}

/** The attributes of the directory that no fact has told: a directory is older than what HR says. */
export function toUntold(directory: Employee['attributes'], facts: readonly Fact[]): Fact['attributes'] {
  const told = new Set(facts.flatMap(({ attributes }) => Object.keys(attributes).map(foldWords)));
  return Object.fromEntries(Object.entries(directory).filter(([name]) => !told.has(foldWords(name))));
}
