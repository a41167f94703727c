import type * as z from 'zod';
import { comparePeople, type Side } from '../../people/compare.ts';
import type { SnapshotPerson } from '../../people/person.ts';
import type { PeopleStore } from '../../people/ports.ts';
import { readPeople } from '../../people/read-snapshot.ts';
import { toSliceRange } from '../../people/slices.ts';
import type { Snapshot } from '../../people/snapshot.ts';
import type { License } from '../../webex/license.ts';
import type { AssignmentStore } from '../ports.ts';
import type { assignmentRowSchema } from '../schemas/files.ts';
import { createGroupedFile } from './grouped-file.ts';
import type { FileEntry } from './manifest.ts';
import { ASSIGNMENTS, ASSIGNMENTS_DIFF } from './paths.ts';

interface Deps {
  readonly people: Pick<PeopleStore, 'read'>;
  readonly assignments: AssignmentStore;
}

interface Run {
  readonly session: number;
  /** Of its files. */
  readonly folder: string;
  readonly snapshot: Snapshot;
  /** Those whose holders are published. */
  readonly kept: readonly License[];
  /** Undefined where there is nothing to compare with. */
  readonly before: Before | undefined;
}

/** The run before, with its people. */
export interface Before {
  readonly snapshot: Snapshot;
  /** Those that are gone since, whose holders were published. */
  readonly gone: readonly License[];
}

/** How many people hold a license now who did not before, and the other way round. */
export interface PeopleChange {
  gained: number;
  lost: number;
}

/** The files that name people, and by license id who changed: undefined where there is nothing to compare with. */
export interface PeopleFiles {
  readonly files: readonly FileEntry[];
  readonly changes: ReadonlyMap<string, PeopleChange> | undefined;
}

/**
 * Writes who holds what, and who gained and lost it since the run before, in one pass over the buckets of the snapshot. It
 * may be done again.
 */
export async function writePeopleFiles(
  { people, assignments }: Deps,
  { session, folder, snapshot, kept, before }: Run,
): Promise<PeopleFiles> {
  const compared = [...kept, ...(before?.gone ?? [])];
  const places = new Map(compared.map(({ id }, place) => [id, place]));
  const placesOf = snapshot.licenses.map(({ id }) => places.get(id) ?? -1);
  const openings = compared.map((license) => Buffer.from(toOpening(license)));
  const changes = new Map(compared.map(({ id }): [string, PeopleChange] => [id, { gained: 0, lost: 0 }]));
  const toFile = (name: string, of: readonly License[]) =>
    createGroupedFile(assignments, `${folder}/${name}`, of, session);
  const [holders, diff] = [toFile(ASSIGNMENTS, kept), toFile(ASSIGNMENTS_DIFF, compared)];
  const add = (to: typeof diff, place = -1, start: string, person: Uint8Array) => {
    const opening = openings[place];
    if (opening) to.add(place, start, opening, person);
  };

  let staging: Promise<unknown> = Promise.resolve();
  for (const bucket of compared.length > 0 ? snapshot.buckets.keys() : []) {
    const slices = toSliceRange(bucket, snapshot.buckets.length);
    const toSide = async (of: Snapshot): Promise<Side> => {
      const found = await readPeople(people, of, slices);
      return {
        people: new Map(found.map((person) => [person.id, person])),
        licenseIds: of.licenses.map(({ id }) => id),
      };
    };
    const now = await toSide(snapshot);
    const past = before && (await toSide(before.snapshot));
    await staging;
    for (const person of now.people.values()) {
      const ending = Buffer.from(toEnding(person));
      for (const held of person.licenses ?? [])
        if (typeof held === 'number') add(holders, placesOf[held], '{', ending);
    }
    for (const { change, licenseId, person } of past ? comparePeople(past, now) : []) {
      const counts = changes.get(licenseId);
      if (!counts) continue;
      counts[change] += 1;
      add(diff, places.get(licenseId), `{"change":"${change}",`, Buffer.from(toEnding(person)));
    }
    // Staged while the next bucket is read.
    staging = Promise.all([holders.flush(), diff.flush()]);
    staging.catch(() => undefined);
  }
  await staging;
  return {
    files: [
      ...(kept.length > 0 ? [await holders.commit()] : []),
      ...(before && compared.length > 0 ? [withoutParts(await diff.commit())] : []),
    ],
    changes: before && changes,
  };
}

/** Few lines change: they are read as a whole. */
const withoutParts = ({ parts: _few, ...file }: FileEntry): FileEntry => file;

type Row = z.input<typeof assignmentRowSchema>;

/** How a line goes on: the same for all who hold the license, so made once: a third of the work. */
const toOpening = ({ id: licenseId, name: licenseName }: License): string => {
  const license: Pick<Row, 'licenseId' | 'licenseName'> = { licenseId, licenseName };
  return `${JSON.stringify(license).slice(1, -1)},`;
};

/** How a line ends: the same for all that the person holds. */
function toEnding({ id: personId, emails, displayName, isOutside }: SnapshotPerson): string {
  const type = isOutside ? 'EXTERNAL' : 'INTERNAL';
  const person: Omit<Row, 'licenseId' | 'licenseName'> = { personId, email: emails[0], displayName, type };
  return `${JSON.stringify(person).slice(1)}\n`;
}
