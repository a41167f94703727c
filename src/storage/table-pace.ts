import * as z from 'zod';
import { TABLES } from '../contract/names.ts';
import type { PaceStore } from '../webex/pace/shared.ts';
import { paceStateSchema } from '../webex/pace/state.ts';
import type { StorageClients } from './clients.ts';
import { orOn, reach } from './reach.ts';

/** One organization, one row: the token's own. */
const ROW = { partitionKey: 'webex', rowKey: 'webex' };
/** Somebody else was first: the row is there already, or was changed. */
const CHANGED = [404, 409, 412];

const rowSchema = z.looseObject({ etag: z.string(), state: z.string() });
const writtenSchema = z.looseObject({ etag: z.string() });

/** What the instances share about the pace: a row that whoever is first replaces. */
export function createTablePace(storage: StorageClients): PaceStore {
  const table = () => storage.table(TABLES.pace);
  const create = async () => (await table()).createTable();
  return {
    async read() {
      const client = await table();
      const row = await reach('pace.read', create, () =>
        orOn([404], undefined, client.getEntity(ROW.partitionKey, ROW.rowKey)),
      );
      if (row === undefined) return undefined;
      const { etag, state } = rowSchema.parse(row);
      return { state: paceStateSchema.parse(JSON.parse(state)), version: etag };
    },
    async write(state, version) {
      const client = await table();
      const row = { ...ROW, state: JSON.stringify(state) };
      const written = await reach('pace.write', create, () =>
        orOn(
          CHANGED,
          undefined,
          version === undefined
            ? client.createEntity(row)
            : client.updateEntity(row, 'Replace', { etag: version }),
        ),
      );
      return written && writtenSchema.parse(written).etag;
    },
  };
}
