import type { DriftLine, RepairMode } from '../../src/hr/drift/drift.ts';
import { createFindDrift } from '../../src/hr/drift/find-drift.ts';
import type { DriftDeps } from '../../src/hr/drift/ground.ts';
import { readDriftBlock, readDriftIndex } from '../../src/hr/drift/read-lines.ts';
import { createWorkOnRepair, DRIFT_REPAIR, type RepairDeps } from '../../src/hr/drift/work-on-repair.ts';
import type { SnapshotPerson } from '../../src/people/person.ts';
import { toSnapshotFolder } from '../../src/people/snapshot.ts';
import type { License } from '../../src/webex/license.ts';
import { createMemoryDriftFiles } from '../memory/drift-files.ts';
import { writeSnapshot } from '../memory/people-snapshot.ts';
import { createMemoryPeople } from '../memory/people-store.ts';

interface World {
  /** Everybody at Webex now, with the ids of what they hold. */
  readonly everybody: () => readonly { id: string; emails: readonly string[]; held: ReadonlySet<string> }[];
  readonly licenses: () => readonly License[];
  readonly clock: () => Date;
}

const log = { info() {}, warn() {}, error() {} };

/** Finds the drift by a people snapshot of this moment, and repairs it. */
export function createScenarioDrift(
  deps: Omit<RepairDeps, 'snapshots' | 'mode'> & Pick<DriftDeps, 'people'>,
  { everybody, licenses, clock }: World,
) {
  let runs = 0;
  let lines: readonly DriftLine[] = [];
  async function find(mode: RepairMode): Promise<void> {
    runs += 1;
    const snapshots = createMemoryPeople();
    const catalogue = licenses();
    const placeOf = (id: string) => {
      const place = catalogue.findIndex((one) => one.id === id);
      return place < 0 ? id : place;
    };
    const people = everybody().map(
      ({ id, emails, held }): SnapshotPerson => ({
        id,
        emails: [...emails],
        licenses: [...held].map(placeOf),
      }),
    );
    const of = { runId: `run-${runs}`, people, licenses: catalogue, readAt: clock() };
    const snapshot = await writeSnapshot(snapshots, of);
    const findDrift = createFindDrift({ ...deps, snapshots, files: createMemoryDriftFiles(snapshots), mode });
    const input = { snapshot, isWhole: true, catalogue, session: 1, isOver: () => false, log };
    const found = await findDrift(input, undefined, async () => {});
    if (found === 'more' || found.state !== 'computed') throw new Error('the drift is not computed');
    const folder = toSnapshotFolder(snapshot.orgId, snapshot.runId);
    const blocks = (await readDriftIndex(snapshots, folder)) ?? [];
    lines = (await Promise.all(blocks.map((block) => readDriftBlock(snapshots, folder, block)))).flat();
    const work = createWorkOnRepair({ ...deps, snapshots, mode });
    const job = { jobId: `repair-${runs}`, kind: DRIFT_REPAIR, state: 'running' } as const;
    const input2 = { folder, readAt: snapshot.readStartedAt };
    await work({ ...job, input: input2, createdAt: clock(), updatedAt: clock() }, async () => true, log);
  }
  return {
    find,
    /** What the latest drift says of a person, such as `missing meet asked`. */
    of: (personId: string | undefined, email: string): readonly string[] =>
      lines
        .filter(({ person }) => person.personId === personId || person.email === email)
        .map(({ kind, licenseId, repair }) => [kind, licenseId, repair].filter(Boolean).join(' ')),
  };
}
