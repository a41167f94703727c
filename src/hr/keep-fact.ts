import { boundFacts, findLeftOutMs } from './bound-facts.ts';
import type { Employee } from './employee.ts';
import type { Fact } from './fact.ts';
import type { Person, PersonEmployee } from './person.ts';
import { toUntold } from './to-fact.ts';

type Name = Pick<PersonEmployee, 'source' | 'employeeId'>;

/** HR told so much of one employee that still decides that it cannot be kept with the person. */
export class TooManyFacts extends Error {
  constructor() {
    super('HR told more of this employee than can be kept: send fewer attributes, or fewer days to come');
  }
}

/** HR said it before facts that are no longer kept: in which order they belong is not known any more. */
export class TooLate extends Error {
  constructor() {
    super('too late: HR said this before older facts of the employee that are no longer kept; send it anew');
  }
}

/**
 * The person with a fact of one employee: a fact that is known already changes nothing. Where old facts are left out to
 * make room, direct requests from their time are, too: the facts that might have ended them are no longer known.
 * @param directory attributes that were imported, for those that no fact has told
 * @param sourceZone where a day begins of which HR names no zone
 * @throws {TooManyFacts | TooLate}
 */
export function keepFact(
  person: Person,
  { source, employeeId }: Name,
  fact: Fact,
  directory: Employee['attributes'],
  sourceZone: string,
): Person {
  const isOf = (one: Name) => one.source === source && one.employeeId === employeeId;
  const { facts, ...known }: PersonEmployee = person.employees.find(isOf) ?? {
    source,
    employeeId,
    facts: [],
  };
  if (facts.some(({ id }) => id === fact.id)) return person;
  if (known.baseAt && fact.said <= known.baseAt) throw new TooLate();
  const attributes = { ...toUntold(directory, facts), ...fact.attributes };
  const all = withoutRepeats([...facts, { ...fact, attributes }]);
  const kept = boundFacts(all, sourceZone);
  if (kept === undefined) throw new TooManyFacts();
  const leftOutMs = findLeftOutMs(all, kept) ?? Number.NEGATIVE_INFINITY;
  const baseAt = leftOutMs > (known.baseAt?.getTime() ?? Number.NEGATIVE_INFINITY) && new Date(leftOutMs);
  const employee = { ...known, facts: kept, ...(baseAt && { baseAt }) };
  return {
    ...person,
    employees: [...person.employees.filter((one) => !isOf(one)), employee],
    directs: person.directs.filter(({ at }) => at.getTime() > leftOutMs),
  };
}

/** Of a run of statements that differ by nothing but when HR said them, the first and the last are enough. */
function withoutRepeats(facts: readonly Fact[]): readonly Fact[] {
  const inOrder = [...facts].sort((a, b) => a.said.getTime() - b.said.getTime());
  const toContent = ({ id: _id, said: _said, ...content }: Fact) =>
    JSON.stringify(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1)));
  return inOrder.filter((fact, index) => {
    const [before, after] = [inOrder[index - 1], inOrder[index + 1]];
    const content = toContent(fact);
    // A day that is past when it is said again may mean something else.
    return !(
      before &&
      after &&
      fact.effective === undefined &&
      fact.kind === 'changed' &&
      toContent(before) === content &&
      toContent(after) === content
    );
  });
}
