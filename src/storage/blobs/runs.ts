import * as z from 'zod';
import { RunLost, type RunStore } from '../../inventory/ports.ts';
import { type RunState, runStateSchema, type StoredRun } from '../../inventory/run/run.ts';
import type { TryExclusively } from '../../platform/exclusively.ts';
import { stored } from '../../platform/stored.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { catalogueSchema } from '../../webex/license.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { listBlobs, openContainer } from '../resources.ts';
import { createBlobLease } from './lease.ts';
import { createVersionedBlobs } from './versioned-blobs.ts';

const POINTER = 'current.json';
const pointerSchema = stored({ runId: z.string() });
const FOLDER = 'runs/';
const toPath = (runId: string) => `${FOLDER}${runId}.json`;
const toCataloguePath = (runId: string) => `${FOLDER}${runId}.catalogue.json`;

const PURGE_PAGE = 500;
/** Enough for a run every minute. */
const MAX_PURGE_PAGES = 20;

/** Inventory runs, each a blob; its version is the blob's ETag. A further blob points to the current run. */
export function createBlobRuns(storage: StorageClients): RunStore {
  const inContainer = openContainer(storage, CONTAINERS.inventoryRuns);
  const remove = (operation: string, path: string) =>
    inContainer(operation, (container) => container.getBlobClient(path).deleteIfExists());
  const blobs = createVersionedBlobs(storage, CONTAINERS.inventoryRuns, 'runs', {
    blobContentType: 'application/json',
  });
  const writeJson = (path: string, content: unknown, version: string | undefined) =>
    blobs.write(path, JSON.stringify(content), version);

  async function readJson<T>(path: string, schema: z.ZodType<T>) {
    const found = await blobs.read(path);
    if (found === undefined) return undefined;
    const content = schema.parse(JSON.parse(found.content.toString('utf8')));
    return { content, version: found.version };
  }

  async function read(runId: string): Promise<StoredRun | undefined> {
    const found = await readJson(toPath(runId), runStateSchema);
    return found && { ...found.content, version: found.version };
  }

  const readPointer = () => readJson(POINTER, pointerSchema);

  return {
    read,

    async current() {
      const pointer = await readPointer();
      return pointer && read(pointer.content.runId);
    },

    async begin(run: RunState, after) {
      const pointer = await readPointer();
      if (pointer?.content.runId !== after?.runId) return VERSION_CONFLICT;
      // The run before its pointer: no worker works on a run without a pointer.
      const version = await writeJson(toPath(run.runId), run, undefined);
      if (version === VERSION_CONFLICT) throw new Error('There is a run of this id');
      const pointed = { ...pointer?.content, runId: run.runId };
      const isCurrent = await writeJson(POINTER, pointed, pointer?.version);
      return isCurrent === VERSION_CONFLICT ? isCurrent : { ...run, version };
    },

    async replace({ version, ...run }) {
      const written = await writeJson(toPath(run.runId), run, version);
      if (written === VERSION_CONFLICT) throw new RunLost('Another worker works on this run');
      return { ...run, version: written };
    },

    async readCatalogue(runId) {
      const found = await readJson(toCataloguePath(runId), catalogueSchema);
      if (found === undefined) throw new Error('The catalogue of the run is gone');
      return found.content;
    },

    async removeCatalogue(runId) {
      await remove('runs.remove', toCataloguePath(runId));
    },

    async purge(unchangedSince, limit) {
      const current = (await readPointer())?.content.runId ?? '';
      const kept = [toPath(current), toCataloguePath(current)];
      let purged = 0;
      let pages = 0;
      const listed = { prefix: FOLDER, pageSize: PURGE_PAGE };
      for await (const page of listBlobs(inContainer, 'runs.purge', listed)) {
        const old = page.filter(
          ({ name, properties }) => properties.lastModified < unchangedSince && !kept.includes(name),
        );
        for (const { name } of old.slice(0, limit - purged)) {
          await remove('runs.purge', name);
          purged += 1;
        }
        pages += 1;
        if (purged >= limit || pages >= MAX_PURGE_PAGES) return;
      }
    },

    async writeCatalogue(runId, licenses) {
      const path = toCataloguePath(runId);
      await writeJson(path, licenses, (await blobs.read(path))?.version);
    },
  };
}

/** One worker at a time works on inventory runs. */
export const createInventoryLock = (storage: StorageClients): TryExclusively =>
  createBlobLease(storage, CONTAINERS.inventoryRuns, 'lock');
