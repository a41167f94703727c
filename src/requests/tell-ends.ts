import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import type { RequestRecord } from './record/record.ts';
import { isOpen } from './record/states.ts';
import type { RequestStore } from './store.ts';

/**
 * A request store that tells which requests ended, in whichever way, once that is written. It is at most once: a crash in
 * between leaves an end untold. The worker tells it when the message of the request is delivered again. A request that
 * was cancelled may have no message: HR reads its own open requests again each hour.
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
