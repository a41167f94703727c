import type * as z from 'zod';
import { comparePeople, type Side } from '../../people/compare.ts';
import type { SnapshotPerson } from '../../people/person.ts';
import type { License } from '../../webex/license.ts';
import type { assignmentRowSchema } from '../schemas/files.ts';

type Row = z.input<typeof assignmentRowSchema>;

/** Lines of one license, each with its end. */
export interface LicenseLines {
  text: string;
  rows: number;
  /** Of these, people who gained it; 0 in a file that is not about changes. */
  gained: number;
}

/** What the files say of some people, by license. */
export interface BucketLines {
  readonly assignments: readonly LicenseLines[];
  readonly changes: readonly LicenseLines[];
}

/**
 * The lines of who holds each license, and of who gained and lost it.
 * @param licenses those that count; `before` undefined where there is nothing to compare with
 */
export function toBucketLines(
  licenses: readonly Pick<License, 'id' | 'name'>[],
  now: Side,
  before: Side | undefined,
): BucketLines {
  const indexes = new Map(licenses.map(({ id }, index) => [id, index]));
  const indexOfPlace = now.licenseIds.map((id) => indexes.get(id));
  const openings = licenses.map(toOpening);
  const create = (): LicenseLines[] => licenses.map(() => ({ text: '', rows: 0, gained: 0 }));
  const [assignments, changes] = [create(), create()];
  const add = (to: readonly LicenseLines[], index: number | undefined, start: string, ending: string) => {
    const lines = index === undefined ? undefined : to[index];
    if (lines === undefined || index === undefined) return undefined;
    lines.text += start + openings[index] + ending;
    lines.rows += 1;
    return lines;
  };
  for (const person of now.people.values()) {
    const ending = toEnding(person);
    for (const held of person.licenses ?? [])
      if (typeof held === 'number') add(assignments, indexOfPlace[held], '{', ending);
  }
  for (const { change, licenseId, person } of before ? comparePeople(before, now) : []) {
    const lines = add(changes, indexes.get(licenseId), `{"change":"${change}",`, toEnding(person));
    if (lines && change === 'gained') lines.gained += 1;
  }
  return { assignments, changes };
}

/** How a line goes on: the same for all who hold the license, so written once: a third of the work. */
const toOpening = ({ id: licenseId, name: licenseName }: Pick<License, 'id' | 'name'>): string => {
  const license: Pick<Row, 'licenseId' | 'licenseName'> = { licenseId, licenseName };
  return `${JSON.stringify(license).slice(1, -1)},`;
};

/** How a line ends: the same for all that the person holds. */
function toEnding({ id: personId, emails, displayName, isOutside }: SnapshotPerson): string {
  const type = isOutside ? 'EXTERNAL' : 'INTERNAL';
  const person: Omit<Row, 'licenseId' | 'licenseName'> = { personId, email: emails[0], displayName, type };
  return `${JSON.stringify(person).slice(1)}\n`;
}
