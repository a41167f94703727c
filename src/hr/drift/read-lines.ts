import { gunzipSync } from 'node:zlib';
import type { PeopleStore } from '../../people/ports.ts';
import { SnapshotRemoved } from '../../people/read-snapshot.ts';
import { type DriftLine, driftLineSchema } from './drift.ts';
import { type DriftBlock, driftIndexSchema, toDriftPath, toIndexPath } from './progress.ts';

type Snapshots = Pick<PeopleStore, 'read'>;

/** Where the lines of the drift of a run are; undefined where it has none, or they are kept no longer. */
export async function readDriftIndex(
  snapshots: Snapshots,
  folder: string,
): Promise<readonly DriftBlock[] | undefined> {
  const bytes = await snapshots.read(toIndexPath(folder));
  return bytes && driftIndexSchema.parse(JSON.parse(bytes.toString('utf8'))).blocks;
}

/** The lines of a block. @throws {SnapshotRemoved} */
export async function readDriftBlock(
  snapshots: Snapshots,
  folder: string,
  { offset, bytes }: DriftBlock,
): Promise<readonly DriftLine[]> {
  const read = await snapshots.read(toDriftPath(folder), { offset, bytes });
  if (read === undefined)
    throw new SnapshotRemoved(`${toDriftPath(folder)} is gone, and its index was there`);
  const lines = gunzipSync(read).toString('utf8').split('\n').filter(Boolean);
  return lines.map((line) => driftLineSchema.parse(JSON.parse(line)));
}
