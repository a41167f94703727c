import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { PolicyError } from '../policy/policy.ts';
import type { PolicySource } from '../policy/policy-source.ts';
import type { Employee } from './employee.ts';
import type { Fact } from './fact.ts';
import type { HrWorkQueue } from './hr-events.ts';
import { keepFact } from './keep-fact.ts';
import { splitAttributes, toKeptNames } from './kept-attributes.ts';
import { findPerson, type HrPeople, type Person } from './person.ts';
import { toUntold } from './to-fact.ts';

export interface TellDirectoryDeps {
  readonly people: Pick<HrPeople, 'read' | 'write'>;
  readonly hrWorkQueue: Pick<HrWorkQueue, 'send'>;
  readonly policies: PolicySource;
  readonly zoneOf: (source: string) => string;
  readonly clock: Clock;
}

/**
 * Tells the person of an employee what an import to the directory changed: a new address, or attributes that no event
 * has told. The person is looked at again. Done twice, it does the same.
 * @param allowed the names of attributes that the source keeps beside those of the policy
 */
export async function tellDirectory(
  { people, hrWorkQueue, policies, zoneOf, clock }: TellDirectoryDeps,
  { source, employeeId, email, attributes: imported, personKey }: Employee,
  allowed: readonly string[],
  log: Log,
): Promise<void> {
  if (personKey === undefined) return;
  const attributes = splitAttributes(imported, toKeptNames(await readPolicy(), allowed)).attributes;
  const told = await retryOnConflict(async () => {
    const person = await findPerson(people, personKey);
    const changed = person && withDirectory(person);
    return changed && people.write({ ...changed, lookAt: clock() });
  });
  if (told === VERSION_CONFLICT) throw new Error('A person was written by others each time');
  if (told) await hrWorkQueue.send({ personKey: told.personKey });

  /** Undefined where the import says nothing new. */
  function withDirectory<P extends Person>(person: P): (P & Person) | undefined {
    const facts = person.employees.find(
      (one) => one.source === source && one.employeeId === employeeId,
    )?.facts;
    if (facts === undefined) return undefined;
    const untold = toUntold(attributes, facts);
    const newest = [...facts]
      .sort((a, b) => a.said.getTime() - b.said.getTime())
      .findLast((fact) => fact.email !== undefined)?.email;
    if (newest === email && Object.keys(untold).length === 0) return undefined;
    const said = clock();
    const fact: Fact = {
      ...{ id: `directory ${said.toISOString()}`, kind: 'changed', said, attributes: untold },
      ...(email !== undefined && { email }),
    };
    return { ...person, ...keepFact(person, { source, employeeId }, fact, {}, zoneOf(source)) };
  }

  async function readPolicy() {
    try {
      return (await policies.current(log)).policy;
    } catch (error) {
      if (error instanceof PolicyError) return undefined;
      throw error;
    }
  }
}
