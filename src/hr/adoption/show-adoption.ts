import { isPersonalCalling } from '../../webex/license.ts';
import { createNameLicense } from '../../webex/license-names.ts';
import type { Person } from '../person.ts';
import { personState } from '../person-on.ts';
import { historiesOf, type LookContext } from '../situation.ts';
import { newestEmails } from '../to-request.ts';
import type { Holder, PersonAdoption } from './adopt.ts';
import type { AdoptionCounts, AdoptionLine } from './adoption.ts';
import { type Counted, NOTHING } from './count-adoption.ts';

/** What is counted and shown of a person whose licenses are adopted: pure. */
export function showAdoption(
  { person, adopted, loses, losesLater }: PersonAdoption,
  { nowMs, catalogue, zoneOf }: LookContext,
): Counted {
  if (adopted.length === 0) return { ...NOTHING, counts: ['people'] };
  const isLine = (id: string) => catalogue.some((one) => one.id === id && isPersonalCalling(one));
  const nameLicense = createNameLicense(catalogue);
  const toNames = (ids: readonly string[]) => ids.map((id) => nameLicense(id).name);
  const counts: readonly (keyof AdoptionCounts | false)[] = [
    ...(['people', 'adopted'] as const),
    person.employees.length === 0 && 'noEmployee',
    person.employees.length > 1 && 'severalEmployees',
    loses.length > 0 && 'lose',
    losesLater.length > 0 && 'loseLater',
    loses.some(isLine) && 'loseCalling',
  ];
  const line: AdoptionLine = {
    ...toNamed(person),
    state: personState(historiesOf(person, zoneOf), nowMs),
    ...{ adopted: toNames(adopted), loses: toNames(loses), losesLater: toNames(losesLater) },
  };
  return { ...{ adopted, loses, line }, counts: counts.filter((name) => name !== false) };
}

export function toNamed(
  person: Pick<Person, 'personId' | 'emails' | 'employees'>,
): Pick<AdoptionLine, 'person' | 'employees'> {
  const { personId, emails, employees } = person;
  const email = newestEmails(person).at(-1) ?? emails[0];
  return {
    person: { ...(email !== undefined && { email }), ...(personId !== undefined && { personId }) },
    employees: employees.map(({ source, employeeId }) => ({ source, employeeId })),
  };
}

/** A holder who gets nothing by adoption, and why. */
export function showLeftOut(
  count: 'needIdentity' | 'busy',
  { personId, emails: [email] }: Pick<Holder, 'personId' | 'emails'>,
  note: NonNullable<AdoptionLine['note']>,
): Counted {
  const person = { personId, ...(email !== undefined && { email }) };
  const nothing = { employees: [], state: 'unknown', adopted: [], loses: [], losesLater: [] };
  return { ...NOTHING, counts: ['people', count], line: { person, ...nothing, note } };
}
