import pMap from 'p-map';
import * as z from 'zod';
import type { PeopleStore } from '../../people/ports.ts';
import { SnapshotRemoved } from '../../people/read-snapshot.ts';
import { JobWaits, type WorkOnJob } from '../../platform/jobs.ts';
import type { Log } from '../../platform/log.ts';
import { stored } from '../../platform/stored.ts';
import { PolicyError } from '../../policy/policy.ts';
import { findPersonKeys } from '../../requests/person-keys.ts';
import type { RequestStore } from '../../requests/store.ts';
import { WebexFailure } from '../../webex/errors/failure.ts';
import { toNameKeys } from '../join-people.ts';
import { findPerson, type Person } from '../person.ts';
import { type ReconcileDeps, reconcileEmployee } from '../reconcile-employee.ts';
import type { DriftLine, RepairMode } from './drift.ts';
import { readDriftBlock, readDriftIndex } from './read-lines.ts';
import type { WantedRepair } from './repair.ts';

/** The kind of its jobs. */
export const DRIFT_REPAIR = 'drift-repair';

/** What a repair is asked for: the drift of a run, which has lines below this folder. */
export const repairInputSchema = stored({ folder: z.string(), readAt: z.coerce.date() });
const progressSchema = stored({ block: z.number(), person: z.number(), asked: z.number() });

export interface RepairDeps extends ReconcileDeps {
  readonly requestStore: ReconcileDeps['requestStore'] & Pick<RequestStore, 'readName' | 'readPerson'>;
  readonly snapshots: Pick<PeopleStore, 'read'>;
  /** As it is set now: the drift may have been computed under another setting. */
  readonly mode: RepairMode;
}

/** People between two checkpoints. */
const PAGE = 100;
const AT_ONCE = 8;

/**
 * Works on the repair of a drift: has each person looked at of whom a difference is due to be repaired. Whether it still is,
 * the look decides. Each page is done again after a kill, and ends the same: a difference is repaired once.
 */
export function createWorkOnRepair(deps: RepairDeps): WorkOnJob {
  return async function workOnRepair(job, checkpoint, log) {
    const { folder, readAt } = repairInputSchema.parse(job.input);
    let progress = job.progress ? progressSchema.parse(job.progress) : { block: 0, person: 0, asked: 0 };
    try {
      const blocks = (await readDriftIndex(deps.snapshots, folder)) ?? [];
      while (progress.block < blocks.length) {
        const block = blocks[progress.block];
        const wanted =
          block && block.asked > 0
            ? toWanted(await readDriftBlock(deps.snapshots, folder, block), readAt, deps.mode)
            : [];
        for (let from = progress.person; from < wanted.length; from += PAGE) {
          const asked = await repairPage(wanted.slice(from, from + PAGE), log);
          progress = { ...progress, person: from + PAGE, asked: progress.asked + asked };
          if (!(await checkpoint(progress))) return 'more';
        }
        progress = { ...progress, block: progress.block + 1, person: 0 };
      }
    } catch (error) {
      // Newer runs have looked at everybody since.
      if (!(error instanceof SnapshotRemoved)) throw error;
    }
    log.info('drift-repaired', { asked: progress.asked });
    return { result: { asked: progress.asked } };
  };

  async function repairPage(wanted: readonly Wanted[], log: Log): Promise<number> {
    try {
      const asked = await pMap(wanted, (one) => repairOne(one, log), { concurrency: AT_ONCE });
      return asked.filter(Boolean).length;
    } catch (error) {
      if (error instanceof WebexFailure) throw new JobWaits(error.condition);
      throw error instanceof PolicyError ? new JobWaits('a policy that can be read') : error;
    }
  }

  /** @returns whether a request is made */
  async function repairOne({ personKey, repair }: Wanted, log: Log): Promise<boolean> {
    const person = await findPerson(deps.people, personKey);
    if (person === undefined || (await hasDirectRequest(person))) return false;
    const done = await reconcileEmployee(deps, person.personKey, { repair }, log);
    return done?.person.repair !== undefined && done.person.repair.requestId !== person.repair?.requestId;
  }

  /** A direct request that is not done, or not taken in yet, may be why a license is missing or held. */
  async function hasDirectRequest(person: Person): Promise<boolean> {
    const { requestStore } = deps;
    const keys = await findPersonKeys(requestStore, toNameKeys(person));
    const rows = await Promise.all(keys.map((key) => requestStore.readPerson(key)));
    return rows.some(({ open }) => open.some(({ origin }) => origin?.channel !== 'hr'));
  }
}

interface Wanted {
  readonly personKey: string;
  readonly repair: WantedRepair;
}

/** What is due to be repaired under a setting, by person. */
export function toWanted(lines: readonly DriftLine[], readAt: Date, mode: RepairMode): readonly Wanted[] {
  const byPerson = new Map<string, { add: string[]; remove: string[] }>();
  for (const { repair, personKey, kind, licenseId } of lines) {
    const isOn = kind === 'missing' ? mode !== 'off' : mode === 'add-and-remove';
    if (repair !== 'asked' || personKey === undefined || !isOn) continue;
    const items = byPerson.get(personKey) ?? { add: [], remove: [] };
    byPerson.set(personKey, items);
    items[kind === 'missing' ? 'add' : 'remove'].push(licenseId);
  }
  return [...byPerson].map(([personKey, items]) => ({ personKey, repair: { ...items, readAt } }));
}
