import * as z from 'zod';
import { RunLost, type RunStore } from '../../inventory/ports.ts';
import { type RunState, runStateSchema, type StoredRun } from '../../inventory/run/run.ts';
import type { TryExclusively } from '../../platform/exclusively.ts';
import { stored } from '../../platform/stored.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { catalogueSchema } from '../../webex/license.ts';
import { callStorage } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { createBlobLease } from './lease.ts';
import { createVersionedBlobs } from './versioned-blobs.ts';

const POINTER = 'current.json';
const pointerSchema = stored({ runId: z.string() });
const FOLDER = 'runs/';
const toPath = (runId: string) => `${FOLDER}${runId}.json`;
const toCataloguePath = (runId: string) => `${FOLDER}${runId}.catalogue.json`;

const isOf = (path: string, runId = '') => [toPath(runId), toCataloguePath(runId)].includes(path);

const PURGE_PAGE = 500;
/** A run a minute would not leave more behind. */
const MAX_PURGE_PAGES = 20;

/** Inventory runs, each a blob; its version is the blob's ETag. One blob more says which is the current one. */
export function createBlobRuns(storage: StorageClients): RunStore {
  const container = () => storage.container(CONTAINERS.inventoryRuns);
  const create = async () => (await container()).createIfNotExists();

  const blobs = createVersionedBlobs(storage, {
    ...{ container: CONTAINERS.inventoryRuns, name: 'runs' },
    headers: { blobContentType: 'application/json' },
  });
  const writeJson = (path: string, content: unknown, version: string | undefined) =>
    blobs.write(path, JSON.stringify(content), version);

  async function readJson(path: string): Promise<{ content: unknown; version: string } | undefined> {
    const found = await blobs.read(path);
    return found && { content: JSON.parse(found.content.toString('utf8')), version: found.version };
  }

  async function read(runId: string): Promise<StoredRun | undefined> {
    const found = await readJson(toPath(runId));
    return found && { ...runStateSchema.parse(found.content), version: found.version };
  }

  async function readPointer() {
    const found = await readJson(POINTER);
    return found && { content: pointerSchema.parse(found.content), version: found.version };
  }

  return {
    read,

    async current() {
      const pointer = await readPointer();
      return pointer && read(pointer.content.runId);
    },

    async begin(run: RunState, after) {
      const pointer = await readPointer();
      if (pointer?.content.runId !== after?.runId) return VERSION_CONFLICT;
      // A run that nothing points to is never worked on: it is written before it is pointed to.
      const version = await writeJson(toPath(run.runId), run, undefined);
      if (version === VERSION_CONFLICT) throw new Error('There is a run of this id');
      const pointed = { ...pointer?.content, runId: run.runId };
      const isCurrent = await writeJson(POINTER, pointed, pointer?.version);
      return isCurrent === VERSION_CONFLICT ? isCurrent : { ...run, version };
    },

    async replace({ version, ...run }) {
      const written = await writeJson(toPath(run.runId), run, version);
      if (written === VERSION_CONFLICT) throw new RunLost('Somebody else works on this run');
      return { ...run, version: written };
    },

    async readCatalogue(runId) {
      const found = await readJson(toCataloguePath(runId));
      if (found === undefined) throw new Error('The catalogue of the run is gone');
      return catalogueSchema.parse(found.content);
    },

    async removeCatalogue(runId) {
      const blob = (await container()).getBlobClient(toCataloguePath(runId));
      await callStorage('runs.remove', create, () => blob.deleteIfExists());
    },

    async purge(unchangedSince, limit) {
      const client = await container();
      const pointer = await readPointer();
      const pages = client.listBlobsFlat({ prefix: FOLDER }).byPage({ maxPageSize: PURGE_PAGE });
      let purged = 0;
      for (let page = 0; page < MAX_PURGE_PAGES && purged < limit; page += 1) {
        const found = await callStorage('runs.purge', create, () => pages.next());
        if (found.done) return;
        const old = found.value.segment.blobItems.filter(
          ({ name, properties }) =>
            properties.lastModified < unchangedSince && !isOf(name, pointer?.content.runId),
        );
        for (const { name } of old.slice(0, limit - purged)) {
          await callStorage('runs.purge', create, () => client.getBlobClient(name).deleteIfExists());
          purged += 1;
        }
      }
    },

    async writeCatalogue(runId, licenses) {
      const path = toCataloguePath(runId);
      const there = await readJson(path);
      await writeJson(path, licenses, there?.version);
    },
  };
}

/** Who works on inventory runs. */
export const createInventoryLock = (storage: StorageClients): TryExclusively =>
  createBlobLease(storage, CONTAINERS.inventoryRuns, 'lock');
