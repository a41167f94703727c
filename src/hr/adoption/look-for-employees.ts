import pMap from 'p-map';
import type { PeopleStore } from '../../people/ports.ts';
import type { Snapshot } from '../../people/snapshot.ts';
import type { Log } from '../../platform/log.ts';
import { toNameKeys } from '../join-people.ts';
import type { HrPeople } from '../person.ts';
import { personState } from '../person-on.ts';
import { historiesOf } from '../situation.ts';
import type { AdoptionGround } from './adopt-page.ts';
import type { AdoptionLine, AdoptionProgress } from './adoption.ts';
import { countAdoption, NOTHING } from './count-adoption.ts';
import { findMissing, readSought, type Sought } from './find-missing.ts';
import { toNamed } from './show-adoption.ts';

interface Deps {
  readonly people: Pick<HrPeople, 'page' | 'read' | 'remove'>;
  readonly snapshots: Pick<PeopleStore, 'read'>;
  readonly zoneOf: (source: string) => string;
}

const AT_ONCE = 16;

/**
 * Looks for some thousand people of HR in a snapshot, and shows those who are not there. Who was adopted before HR spoke of
 * them and is at Webex no longer is forgotten.
 */
export function createLookForEmployees({ people, snapshots, zoneOf }: Deps) {
  return async function lookForEmployees(
    before: AdoptionProgress,
    { isDryRun, at }: Pick<AdoptionGround, 'isDryRun' | 'at'>,
    snapshot: Pick<Snapshot, 'buckets'>,
    log: Log,
  ): Promise<{ readonly progress: AdoptionProgress; readonly lines: readonly AdoptionLine[] }> {
    const { sought, next } = await readSought(people, before.next, log);
    const missing = await findMissing(snapshots, snapshot, sought);
    const isKnown = ({ employees }: Sought) => employees.length > 0;
    const gone = missing.filter((one) => !isKnown(one));
    if (!isDryRun) await pMap(gone, forget, { concurrency: AT_ONCE });
    const shown = await pMap(missing.filter(isKnown), (one) => toLine(one, at), { concurrency: AT_ONCE });
    const { next: _read, ...counted } = countAdoption(before, [
      ...sought.filter(isKnown).map(() => ({ ...NOTHING, counts: ['known'] as const })),
      ...shown.map(() => ({ ...NOTHING, counts: ['notFound'] as const })),
      ...gone.map(() => ({ ...NOTHING, counts: ['forgotten'] as const })),
    ]);
    return {
      progress: { ...counted, ...(next === undefined ? { isWhole: true } : { next }) },
      lines: shown,
    };
  };

  async function toLine({ personKey, personId, emails, employees }: Sought, at: Date): Promise<AdoptionLine> {
    const person = await people.read(personKey);
    return {
      ...toNamed(person ?? { emails, employees: [], ...(personId !== undefined && { personId }) }),
      employees,
      state: person ? personState(historiesOf(person, zoneOf), at.getTime()) : 'unknown',
      ...{ adopted: [], loses: [], losesLater: [], note: 'not-in-snapshot' },
    };
  }

  /** The names first: a run that is killed on the way finds the rest by the row. */
  async function forget({ personKey }: Sought): Promise<void> {
    const person = await people.read(personKey);
    if (person === undefined || person.employees.length > 0 || person.sameAs !== undefined) return;
    for (const name of toNameKeys(person)) {
      const alias = await people.read(name);
      if (alias?.sameAs === personKey) await people.remove(alias);
    }
    await people.remove(person);
  }
}
