import type { Numbers } from '../numbers/numbers.ts';
import { NO_NUMBER_REASONS, NUMBERS_NOT_TOLD } from '../requests/record/item-result.ts';
import type { RequestStore } from '../requests/store.ts';
import type { AccessWarning } from '../webex/tokens/token-source.ts';

interface Deps {
  readonly numbers: Pick<Numbers, 'warnings'>;
  readonly requestStore: Pick<RequestStore, 'waitingForNumbers'>;
}

/** More requests are not counted. */
const MAX_READ = 100;

/** What is to be said of extensions and numbers: a scope that the token lacks, and requests that wait for a free one. */
export async function readNumberWarnings({ numbers, requestStore }: Deps): Promise<readonly AccessWarning[]> {
  const refused = (await numbers.warnings()).map(({ topic, text }) => {
    return { condition: `${topic}-not-told`, text, isAlarm: false };
  });
  const waiting = await Promise.all(
    NO_NUMBER_REASONS.map(async (reason) => {
      const found = await requestStore.waitingForNumbers(reason, MAX_READ);
      if (found.length === 0) return [];
      const detail = found[0]?.waiting?.detail;
      const count = found.length < MAX_READ ? `${found.length}` : `${MAX_READ} or more`;
      const text = `${count} ${found.length === 1 ? 'request waits' : 'requests wait'} as ${reason}`;
      const told = reason === NUMBERS_NOT_TOLD || detail === undefined ? text : `${text}. ${detail}`;
      return [{ condition: reason, text: told, isAlarm: false }];
    }),
  );
  return [...refused, ...waiting.flat()];
}
