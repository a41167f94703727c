import { comparePeople, type Side } from '../../people/compare.ts';
import type { SnapshotPerson } from '../../people/person.ts';
import type { PeopleStore } from '../../people/ports.ts';
import { readPeople } from '../../people/read-snapshot.ts';
import { toSliceRange } from '../../people/slices.ts';
import type { Snapshot } from '../../people/snapshot.ts';
import type { License } from '../../webex/license.ts';
import type { AssignmentStore } from '../ports.ts';
import type { FileEntry } from './documents.ts';
import { type AssignmentRow, createGroupedFile } from './grouped-file.ts';
import { ASSIGNMENTS, ASSIGNMENTS_DIFF } from './paths.ts';

interface Deps {
  readonly people: Pick<PeopleStore, 'read'>;
  readonly assignments: AssignmentStore;
}

interface Compared {
  readonly session: number;
  /** Of the files of the run. */
  readonly folder: string;
  readonly now: Snapshot;
  /** The people of the run before; undefined where there is nothing to compare with. */
  readonly before: Snapshot | undefined;
  /** Those whose holders are published. */
  readonly licenses: readonly License[];
  /** Those whose holders were published in the run before, and that are gone since. */
  readonly gone: readonly License[] | undefined;
}

/** How many people hold a license now who did not before, and the other way round. */
export interface PeopleChange {
  gained: number;
  lost: number;
}

/**
 * Writes who holds what, and who gained and lost it since the run before, in one pass over the buckets of the snapshot. It
 * may be done again.
 * @returns the files, and by license id how many people changed: undefined where there is nothing to compare with
 */
export async function writePeopleFiles(
  { people, assignments }: Deps,
  { session, folder, now, before, licenses, gone = [] }: Compared,
): Promise<{ readonly files: readonly FileEntry[]; readonly changes?: ReadonlyMap<string, PeopleChange> }> {
  const compared = [...licenses, ...gone];
  const changes = new Map(compared.map(({ id }): [string, PeopleChange] => [id, { gained: 0, lost: 0 }]));
  if (compared.length === 0) return before ? { files: [], changes } : { files: [] };
  const toFile = (name: string, of: readonly License[]) =>
    createGroupedFile(assignments, `${folder}/${name}`, of, session);
  const [holders, diff] = [toFile(ASSIGNMENTS, licenses), toFile(ASSIGNMENTS_DIFF, compared)];
  const toSide = async (of: Snapshot, bucket: number): Promise<Side> => {
    const found = await readPeople(people, of, toSliceRange(bucket, now.buckets.length));
    const licenseIds = of.licenses.map(({ id }) => id);
    return { people: new Map(found.map((person) => [person.id, person])), licenseIds };
  };

  let staging: Promise<unknown> = Promise.resolve();
  for (const bucket of now.buckets.keys()) {
    const side = await toSide(now, bucket);
    const past = before && (await toSide(before, bucket));
    await staging;
    for (const person of side.people.values()) {
      const ending = Buffer.from(toEnding(person));
      for (const held of person.licenses ?? [])
        if (typeof held === 'number') holders.add(side.licenseIds[held], '{', ending);
    }
    for (const { change, licenseId, person } of past ? comparePeople(past, side) : []) {
      const counts = changes.get(licenseId);
      if (!counts) continue;
      counts[change] += 1;
      diff.add(licenseId, `{"change":"${change}",`, Buffer.from(toEnding(person)));
    }
    // Staged while the next bucket is read.
    staging = Promise.all([holders.flush(), diff.flush()]);
    staging.catch(() => undefined);
  }
  await staging;
  const files = licenses.length > 0 ? [await holders.commit()] : [];
  if (!before) return { files };
  // Few lines change: they are read as a whole.
  const { parts: _few, ...changed } = await diff.commit();
  return { files: [...files, changed], changes };
}

/** How a line ends: the same for all that the person holds. */
function toEnding({ id: personId, emails, displayName, isOutside }: SnapshotPerson): string {
  const type = isOutside ? 'EXTERNAL' : 'INTERNAL';
  const person: Omit<AssignmentRow, 'licenseId' | 'licenseName'> = {
    personId,
    email: emails[0],
    displayName,
    type,
  };
  return `${JSON.stringify(person).slice(1)}\n`;
}
