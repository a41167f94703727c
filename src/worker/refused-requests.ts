import type { StoredRequest, Waiting } from '../requests/record/record.ts';
import { REFUSED_REASONS } from '../requests/record/wait-reasons.ts';
import type { RequestStore } from '../requests/store.ts';
import type { AccessWarning } from '../webex/tokens/token-source.ts';

/** Enough to name each condition; more requests are not counted. */
const MAX_READ = 100;

/**
 * Reads from the waiting requests of all instances what Webex refuses: for the organization, which is an alarm, or for
 * single people. One warning for each condition. It reads at most 100 requests of each kind.
 */
export async function readRefusals(
  requestStore: Pick<RequestStore, 'refused'>,
): Promise<readonly AccessWarning[]> {
  const refused = await Promise.all(REFUSED_REASONS.map((reason) => requestStore.refused(reason, MAX_READ)));
  return refused.flatMap(toWarnings);
}

/** Of requests that wait for one reason. */
function toWarnings(refused: readonly StoredRequest[]): readonly AccessWarning[] {
  const found = new Map<string | undefined, { waiting: Waiting; requests: number }>();
  for (const { waiting } of refused) {
    if (waiting === undefined) continue;
    found.set(waiting.condition, { waiting, requests: (found.get(waiting.condition)?.requests ?? 0) + 1 });
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
