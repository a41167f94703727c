import type { HrEvent } from '../contract/hr-event.ts';
import type { Employee } from './employee.ts';
import { isGone, toAttributes, toEffective } from './normalize/shape.ts';
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
    return profile ? withProfile({ ...event, email }, profile) : { ...event, email };
  };
}

function withProfile(event: HrEvent, { status, startsOn, endsOn, attributes }: HrProfile): HrEvent {
  const hasLeft = isGone(status) || toEffective(endsOn) !== undefined;
  const kind = event.kind === 'mover' && hasLeft ? 'leaver' : event.kind;
  const effective =
    event.effective ?? toEffective(kind === 'leaver' ? endsOn : kind === 'joiner' ? startsOn : undefined);
  return {
    ...event,
    kind,
    ...(effective !== undefined && { effective }),
    attributes: { ...toAttributes(attributes), ...event.attributes },
  };
}
