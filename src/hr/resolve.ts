import type { HrEvent } from '../contract/hr-event.ts';
import type { Employee } from './employee.ts';
import { type Meaning, toMeaning } from './normalize/employment.ts';
import { toAttributes, toEffective } from './normalize/shape.ts';
import type { Source } from './sources.ts';

/** What an HR system tells of an employee when it is asked. */
export interface HrProfile {
  readonly email: string | undefined;
  readonly status: string | undefined;
  readonly startsOn: string | undefined;
  readonly endsOn: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Asks the HR system itself; undefined where the source has no such system, or it does not know the employee. */
export type AskHr = (source: Source, employeeId: string) => Promise<HrProfile | undefined>;

/**
 * The event with whom it is about: by its own address, the directory, or the HR system. Undefined where nobody
 * knows the address. A thin event that says no more than "updated" becomes what HR says of the employee now.
 */
export type ResolveEmployee = (
  source: Source,
  event: HrEvent,
  known: Employee | undefined,
) => Promise<HrEvent | undefined>;

export function createResolveEmployee(askHr: AskHr): ResolveEmployee {
  return async (source, event, known) => {
    const isThin = event.email === undefined;
    const profile = isThin && event.employeeId ? await askHr(source, event.employeeId) : undefined;
    const email = (event.email ?? profile?.email ?? known?.email)?.toLowerCase();
    if (email === undefined) return undefined;
    return profile ? withProfile({ ...event, email }, profile, known) : { ...event, email };
  };
}

function withProfile(event: HrEvent, profile: HrProfile, known: Employee | undefined): HrEvent {
  const { kind, effective = event.effective } =
    event.kind === 'mover'
      ? toChange(toMeaning('mover', profile, event.occurredAt), event, profile, known)
      : {
          kind: event.kind,
          effective:
            event.effective ?? toEffective(event.kind === 'leaver' ? profile.endsOn : profile.startsOn),
        };
  return {
    ...event,
    kind,
    ...(effective !== undefined && { effective }),
    attributes: { ...toAttributes(profile.attributes), ...event.attributes },
  };
}

/** HR said otherwise before of somebody who is employed: it moved a day, or took it back. */
function toChange(
  meaning: Meaning,
  { occurredAt }: HrEvent,
  { status, startsOn }: HrProfile,
  known: Employee | undefined,
): Meaning {
  if (meaning.kind !== 'mover' || known === undefined) return meaning;
  const start = toEffective(startsOn);
  const { pending, last } = known;
  if (start !== undefined && pending.some(({ event }) => event.kind === 'joiner'))
    return { kind: 'joiner', effective: start };
  const leaving = pending.find(({ event }) => event.kind === 'leaver')?.at;
  const left = leaving ?? (last?.kind === 'leaver' ? last.at : undefined);
  // Without a status, nobody says that they are back.
  if (left === undefined || status === undefined || occurredAt === undefined) return meaning;
  if (left > new Date(occurredAt)) return { kind: 'withdrawn', effective: undefined };
  return { kind: 'joiner', effective: start !== undefined && new Date(start) > left ? start : undefined };
}
