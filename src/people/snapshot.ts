import * as z from 'zod';
import { stored } from '../platform/stored.ts';
import type { License } from '../webex/license.ts';
import type { Doubt } from './doubts.ts';
import type { PeopleStore } from './ports.ts';
import { bucketSchema, type Merged } from './progress.ts';

const count = z.number().int();

/** The manifest of a people snapshot: what it is of, where its files are, and what does not add up in it. */
export const snapshotSchema = stored({
  schemaVersion: z.literal(1),
  runId: z.string(),
  orgId: z.string(),
  readStartedAt: z.coerce.date(),
  readEndedAt: z.coerce.date(),
  /** Of the organization. */
  people: count,
  /** From outside of it. */
  outside: count,
  /** What the places in the lines mean, and how many people hold each. */
  licenses: z.array(stored({ id: z.string(), name: z.string(), holders: count })),
  doubts: z.array(stored({ condition: z.string(), detail: z.string() })),
  buckets: z.array(bucketSchema),
});

export type Snapshot = z.output<typeof snapshotSchema>;

/** The manifest of the snapshot of a run that has read all people. */
export const toSnapshot = (
  run: Pick<Snapshot, 'runId' | 'orgId' | 'readStartedAt'>,
  licenses: readonly License[],
  { buckets, totals: { people, outside, holders }, readEndedAt }: Merged,
  doubts: readonly Doubt[],
): Snapshot => ({
  schemaVersion: 1,
  ...{ ...run, readEndedAt, people, outside, buckets },
  licenses: licenses.map(({ id, name }, place) => ({ id, name, holders: holders[place] ?? 0 })),
  doubts: doubts.map(({ condition, detail }) => ({ condition, detail })),
});

/** The ids of the licenses that a line of a snapshot has. */
export const toLicenseIds = (
  { licenses }: { readonly licenses: readonly { readonly id: string }[] },
  held: readonly (number | string)[],
): readonly string[] =>
  held.flatMap((license) => (typeof license === 'string' ? license : (licenses[license]?.id ?? [])));

/** Of the snapshots of an organization. */
export const toOrgFolder = (orgId: string): string => `v1/${orgId}`;
export const toSnapshotFolder = (orgId: string, runId: string): string => `${toOrgFolder(orgId)}/${runId}`;
const toPath = (orgId: string, which: 'latest' | 'previous') => `${toOrgFolder(orgId)}/${which}.json`;

/** Undefined where there is none yet. */
export async function readManifest(
  store: Pick<PeopleStore, 'read'>,
  orgId: string,
  which: 'latest' | 'previous' = 'latest',
): Promise<Snapshot | undefined> {
  const bytes = await store.read(toPath(orgId, which));
  return bytes && snapshotSchema.parse(JSON.parse(bytes.toString('utf8')));
}

/**
 * Makes a snapshot the latest, unless the latest is newer, and the latest the previous one. May be done again.
 */
export async function publishSnapshot(store: PeopleStore, snapshot: Snapshot): Promise<void> {
  const { orgId, runId, readStartedAt } = snapshot;
  const latest = await readManifest(store, orgId);
  if (latest && latest.readStartedAt > readStartedAt) return;
  const write = (which: 'latest' | 'previous', manifest: Snapshot) =>
    store.write(toPath(orgId, which), Buffer.from(JSON.stringify(manifest)));
  if (latest && latest.runId !== runId) await write('previous', latest);
  await write('latest', snapshot);
}

/**
 * Removes all files but those of the latest and the previous snapshot, and the parts that these were made of: everybody's
 * addresses are kept no longer than they are needed.
 * @param unended a run that failed and may be resumed: its parts stay
 */
export async function removeOldSnapshots(
  store: PeopleStore,
  orgId: string,
  unended: readonly string[],
): Promise<void> {
  const manifests = [await readManifest(store, orgId), await readManifest(store, orgId, 'previous')];
  const published = manifests.flatMap((manifest) => manifest?.runId ?? []);
  await store.removeOthers(toOrgFolder(orgId), [...published, ...unended]);
  for (const runId of published)
    await store.removeOthers(toSnapshotFolder(orgId, runId), ['people', 'addresses']);
}
