import type * as z from 'zod';
import { comparePeople, type Side } from '../../people/compare.ts';
import type { SnapshotPerson } from '../../people/person.ts';
import { type ByteText, createByteText } from '../../platform/byte-text.ts';
import type { License } from '../../webex/license.ts';
import type { assignmentRowSchema } from '../schemas/files.ts';

type Row = z.input<typeof assignmentRowSchema>;

/** Lines of one license, each with its end. */
export interface LicenseLines {
  readonly text: ByteText;
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
 * Makes the lines of who holds each license, and of who gained and lost it, in memory that is used again: what it made
 * is good until it makes the next.
 * @param licenses those that count
 */
export function createBucketLines(licenses: readonly Pick<License, 'id' | 'name'>[]) {
  const indexes = new Map(licenses.map(({ id }, index) => [id, index]));
  const openings = licenses.map((license) => Buffer.from(toOpening(license)));
  const create = () => licenses.map((): LicenseLines => ({ text: createByteText(), rows: 0, gained: 0 }));
  const [assignments, changes] = [create(), create()];

  /** @param before undefined where there is nothing to compare with */
  return function toBucketLines(now: Side, before: Side | undefined): BucketLines {
    for (const lines of [...assignments, ...changes]) {
      lines.text.clear();
      lines.rows = 0;
      lines.gained = 0;
    }
    const indexOfPlace = now.licenseIds.map((id) => indexes.get(id));
    for (const person of now.people.values()) {
      const ending = Buffer.from(toEnding(person));
      for (const held of person.licenses ?? [])
        if (typeof held === 'number') add(assignments, indexOfPlace[held], '{', ending);
    }
    for (const { change, licenseId, person } of before ? comparePeople(before, now) : []) {
      const ending = Buffer.from(toEnding(person));
      const lines = add(changes, indexes.get(licenseId), `{"change":"${change}",`, ending);
      if (lines && change === 'gained') lines.gained += 1;
    }
    return { assignments, changes };
  };

  function add(to: readonly LicenseLines[], index = -1, start: string, ending: Buffer) {
    const [lines, opening] = [to[index], openings[index]];
    if (lines === undefined || opening === undefined) return undefined;
    lines.text.add(start);
    lines.text.add(opening);
    lines.text.add(ending);
    lines.rows += 1;
    return lines;
  }
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
