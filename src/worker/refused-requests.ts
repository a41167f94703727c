import type { Waiting } from '../requests/record/record.ts';
import type { RequestStore } from '../requests/store.ts';
import type { AccessWarning } from '../webex/tokens/token-source.ts';

const PAGE = 100;
/** A page may be empty and not be the last. */
const MAX_PAGES = 5;

/**
 * Reads from the waiting requests of all instances what Webex refuses: for the organization, which is an alarm, or for
 * single people. One warning for each condition.
 */
export async function readRefusals(
  requestStore: Pick<RequestStore, 'list'>,
): Promise<readonly AccessWarning[]> {
  const found = new Map<string, { waiting: Waiting; requests: number }>();
  let next: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const listed = await requestStore.list({ state: 'waiting' }, PAGE, next);
    for (const { waiting } of listed.records) {
      if (waiting?.for !== 'paused' && waiting?.for !== 'permission-missing') continue;
      const key = `${waiting.for} ${waiting.condition}`;
      found.set(key, { waiting, requests: (found.get(key)?.requests ?? 0) + 1 });
    }
    next = listed.next;
    if (next === undefined) break;
  }
  return [...found.values()].map(toWarning);
}

function toWarning({ waiting, requests }: { waiting: Waiting; requests: number }): AccessWarning {
  const { for: reason, condition = reason, detail } = waiting;
  const what = `${requests} or more requests wait as ${reason}: Webex refuses them with ${condition}`;
  return {
    condition,
    text: detail === undefined ? what : `${what}. ${detail}`,
    isAlarm: reason === 'paused',
  };
}
