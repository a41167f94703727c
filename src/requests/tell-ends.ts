import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import type { RequestRecord } from './record/record.ts';
import { isOpen } from './record/states.ts';
import type { RequestStore } from './store.ts';

/**
 * A request store that tells which requests ended, however they did, once that is written. A crash in between leaves one
 * untold: its message is delivered again, and the worker tells it then.
 */
export function tellEnds(store: RequestStore, tell: (requestId: string) => Promise<void>): RequestStore {
  const tellEnded = async (records: readonly RequestRecord[]) => {
    const ended = records.filter(({ state }) => !isOpen(state));
    await Promise.all(ended.map(({ requestId }) => tell(requestId)));
  };
  return {
    ...store,
    async replace(record) {
      const written = await store.replace(record);
      if (written !== VERSION_CONFLICT) await tellEnded([written]);
      return written;
    },
    async commit(person, records) {
      const written = await store.commit(person, records);
      if (written !== VERSION_CONFLICT) await tellEnded(written.records);
      return written;
    },
  };
}
