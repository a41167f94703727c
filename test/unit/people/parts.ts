import type { SnapshotPerson } from '../../../src/people/person.ts';
import type { PeopleStore } from '../../../src/people/ports.ts';
import type { PeopleProgress } from '../../../src/people/progress.ts';
import { readIntoParts } from '../../../src/people/read-into-parts.ts';

/** Reads one page of people into a part. */
export async function writePart(
  store: PeopleStore,
  folder: string,
  begun: PeopleProgress,
  people: readonly SnapshotPerson[],
): Promise<PeopleProgress> {
  let progress = begun;
  const reading = {
    ...{ store, folder, session: 1, isOver: () => false, progress: () => progress },
    async save(next: PeopleProgress) {
      progress = next;
    },
  };
  async function* onePage() {
    yield { items: people, next: undefined };
  }
  await readIntoParts(reading, onePage(), ({ items }, before, add) => {
    for (const person of items) add(person);
    return before;
  });
  return progress;
}
