import { findCandidates } from '../webex/catalogue.ts';
import type { License } from '../webex/license.ts';
import type { Employee } from './employee.ts';
import type { Fact } from './fact.ts';
import type { Grant, Person } from './person.ts';
import { toFact } from './to-fact.ts';

/** Whether version 0.1.0 has planned or granted anything for an employee that is not carried over yet. */
export const isOfEarlierVersion = ({ personKey, last, grants, pending, reclaims }: Employee): boolean =>
  personKey === undefined && (last !== undefined || grants.length + pending.length + reclaims.length > 0);

/** The requests that version 0.1.0 planned for days to come: they are cancelled, since each day is looked at when it comes. */
export const toPlannedIds = ({ scheduled, orders }: Employee): readonly string[] => [
  ...scheduled.map(({ requestId }) => requestId),
  ...(orders?.replaces ?? []),
];

/**
 * The person with what version 0.1.0 knew of an employee: the newest event that took effect and the events to come as
 * facts, and what it granted. Done twice, it does the same.
 */
export function carryOver(person: Person, employee: Employee, catalogue: readonly License[]): Person {
  const { source, employeeId } = employee;
  if (person.employees.some((one) => one.source === source && one.employeeId === employeeId)) return person;
  const granted = new Set(person.grants.map(({ id }) => id));
  const grants = [...employee.grants, ...employee.reclaims.flatMap((reclaim) => reclaim.grants)]
    .flatMap((grant) =>
      grant.kind === 'site' ? [`site:${grant.siteUrl}`] : toGrantedIds(grant.license, catalogue),
    )
    .filter((id) => !granted.has(id));
  return {
    ...person,
    employees: [...person.employees, { source, employeeId, facts: toFacts(employee) }],
    grants: [...person.grants, ...[...new Set(grants)].map((id): Grant => ({ id, by: 'rule' }))],
  };
}

/** The grant named a license as its rule did; of several of one name, nobody knows which was given. */
const toGrantedIds = (reference: Parameters<typeof findCandidates>[0], catalogue: readonly License[]) =>
  findCandidates(reference, catalogue).map(({ id }) => id);

const LAST = {
  joiner: 'hired',
  leaver: 'left',
  mover: 'changed',
  withdrawn: 'changed',
  deleted: 'changed',
  ignored: 'changed',
} as const;

function toFacts({ last, pending, attributes, email, withdrawnAt }: Employee): readonly Fact[] {
  const at = last?.at ?? withdrawnAt ?? new Date(0);
  const known = { said: at, attributes, ...(email !== undefined && { email }) };
  const isInstant = last?.kind === 'joiner' || last?.kind === 'leaver';
  const begun: readonly Fact[] = last
    ? [
        {
          id: 'version 0.1.0',
          kind: LAST[last.kind],
          ...known,
          ...(isInstant && { effective: at.toISOString() }),
        },
      ]
    : [];
  const toCome = pending.flatMap(
    ({ event }) => toFact({ ...event, occurredAt: event.occurredAt ?? at.toISOString() }, at) ?? [],
  );
  return [
    ...begun,
    ...toCome.map(
      (fact): Fact => ({ ...fact, attributes: { ...(last ? {} : attributes), ...fact.attributes } }),
    ),
  ];
}
