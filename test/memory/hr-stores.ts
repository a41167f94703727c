import type { Employee, Employees, StoredEmployee } from '../../src/hr/employee.ts';
import { fitsFilter, type HrEvents, type StoredHrEvent } from '../../src/hr/hr-events.ts';
import type { HrPeople, Person, StoredPerson } from '../../src/hr/person.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';

/** Rows with versions, as a table has them. */
function createRows<T extends object>() {
  const rows = new Map<string, T & { readonly version: string }>();
  let versions = 0;
  const put = (key: string, row: T) => {
    versions += 1;
    const stored = { ...structuredClone(row), version: `${versions}` };
    rows.set(key, stored);
    return structuredClone(stored);
  };
  return {
    all: () => [...rows.values()].map((row) => structuredClone(row)),
    read: async (key: string) => structuredClone(rows.get(key)),
    add: (key: string, row: T) => (rows.has(key) ? undefined : put(key, row)),
    remove: async (key: string, { version }: { readonly version: string }) =>
      rows.get(key)?.version === version && rows.delete(key),
    write: async (key: string, row: T & { readonly version?: string | undefined }) =>
      rows.get(key)?.version === row.version ? put(key, row) : VERSION_CONFLICT,
  };
}

/** The people whom HR knows, in memory. */
export function createMemoryHrPeople(): HrPeople & { all(): readonly StoredPerson[] } {
  const rows = createRows<Person>();
  const toPage = (people: readonly StoredPerson[]) => ({ people, unreadable: [], next: undefined });
  return {
    all: rows.all,
    read: rows.read,
    write: (person) => rows.write(person.personKey, person),
    due: async (at) => toPage(rows.all().filter(({ lookAt }) => lookAt !== undefined && lookAt <= at)),
    ended: async (until) =>
      toPage(rows.all().filter(({ endedAt }) => endedAt !== undefined && endedAt <= until)),
    remove: (person) => rows.remove(person.personKey, person),
    page: async () => toPage(rows.all().filter(({ sameAs }) => sameAs === undefined)),
  };
}

/** The directory of employees, in memory. */
export function createMemoryEmployees(): Employees {
  const rows = createRows<Employee>();
  const toKey = (source: string, employeeId: string) => `${source}\n${employeeId}`;
  return {
    read: (source, employeeId): Promise<StoredEmployee | undefined> => rows.read(toKey(source, employeeId)),
    write: (employee) => rows.write(toKey(employee.source, employee.employeeId), employee),
    remove: (employee) => rows.remove(toKey(employee.source, employee.employeeId), employee),
    page: async (source) => ({
      employees: rows.all().filter((one) => source === undefined || one.source === source),
      unreadable: [],
      next: undefined,
    }),
  };
}

/** The record of HR events, in memory. */
export function createMemoryHrEvents(): HrEvents {
  const rows = createRows<Omit<StoredHrEvent, 'version'>>();
  const toPage = (events: readonly StoredHrEvent[]) => ({ events, unreadable: [], next: undefined });
  return {
    add: async (records) =>
      Promise.all(
        records.map(async (record) => {
          const added = rows.add(record.eventKey, record);
          const there = added ?? (await rows.read(record.eventKey));
          if (there === undefined) throw new Error('it is neither added nor there');
          return { added: added !== undefined, record: there };
        }),
      ),
    read: rows.read,
    replace: (record) => rows.write(record.eventKey, record),
    due: async (at) => toPage(rows.all().filter(({ lookAt }) => lookAt !== undefined && lookAt <= at)),
    purge: async () => ({ purged: 0, unreadable: [], next: undefined }),
    remove: (record) => rows.remove(record.eventKey, record),
    list: async (filter) => toPage(rows.all().filter((record) => fitsFilter(filter, record))),
  };
}
