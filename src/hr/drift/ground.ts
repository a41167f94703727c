import type { PeopleStore } from '../../people/ports.ts';
import type { Snapshot } from '../../people/snapshot.ts';
import { toSnapshotFolder } from '../../people/snapshot.ts';
import { createPartWriter } from '../../people/sorted-parts.ts';
import type { Log } from '../../platform/log.ts';
import type { PolicyInForce, PolicySource } from '../../policy/policy-source.ts';
import { findCandidates, findLicense, isCallingId } from '../../webex/catalogue.ts';
import type { License } from '../../webex/license.ts';
import type { HrPeople } from '../person.ts';
import type { CompareGround } from './compare.ts';
import type { RepairMode } from './drift.ts';

/** The lines of the drift: staged in blocks, and read by nobody until they are committed. */
export interface DriftFiles {
  /** The same name again replaces the block. */
  stage(path: string, name: string, bytes: Buffer): Promise<void>;
  /** Makes the file of these blocks, in this order; again, with the same ones, is the same. */
  commit(path: string, names: readonly string[]): Promise<void>;
}

export interface DriftDeps {
  readonly people: Pick<HrPeople, 'page'>;
  readonly policies: PolicySource;
  readonly zoneOf: (source: string) => string;
  readonly snapshots: Pick<PeopleStore, 'read' | 'write'>;
  readonly files: DriftFiles;
  readonly mode: RepairMode;
}

/** What a run hands over: all people are read and merged. */
export interface DriftInput {
  readonly snapshot: Snapshot;
  /** Whether nothing grave is wrong with the snapshot. */
  readonly isWhole: boolean;
  readonly catalogue: readonly License[];
  /** Which invocation this is: another one writes no file of it. */
  readonly session: number;
  readonly isOver: () => boolean;
  readonly log: Log;
}

/** All that the steps of one invocation share. */
export interface DriftGround extends DriftDeps, DriftInput {
  readonly inForce: PolicyInForce;
  readonly folder: string;
  readonly places: ReadonlyMap<string, number>;
  readonly placeOf: (id: string) => number | undefined;
  readonly part: ReturnType<typeof createPartWriter>;
  readonly compare: Omit<CompareGround, 'knowsEverybody'>;
}

/** Of people: who is absent may be one of those. */
const DOUBTS_ABOUT_PEOPLE = /^(people-|query-)/;

export function toDriftGround(deps: DriftDeps, input: DriftInput, inForce: PolicyInForce): DriftGround {
  const { snapshot, catalogue } = input;
  const { policy } = inForce;
  const places = new Map(catalogue.map(({ id }, place) => [id, place]));
  const placeOf = (id: string) => places.get(id) ?? places.get(findLicense(id, catalogue)?.id ?? '');
  const managed = policy.manages.flatMap((reference) =>
    findCandidates(reference, catalogue).flatMap(({ id }) => places.get(id) ?? []),
  );
  return {
    ...{ ...deps, ...input, inForce, places, placeOf },
    folder: toSnapshotFolder(snapshot.orgId, snapshot.runId),
    part: createPartWriter(deps.snapshots),
    compare: {
      licenses: catalogue,
      managed: new Set(managed),
      mode: deps.mode,
      mayRemove: (id) => policy.movers.calling || !isCallingId(id, catalogue),
      hasEverybody: !snapshot.doubts.some(({ condition }) => DOUBTS_ABOUT_PEOPLE.test(condition)),
    },
  };
}
