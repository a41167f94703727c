import type { HrEvents } from './hr-events.ts';
import type { Source } from './sources/sources.ts';

interface Deps {
  readonly sources: ReadonlyMap<string, Source>;
  readonly events: Pick<HrEvents, 'list'>;
}

const MAX_COUNTED = 100;
/** A page may be empty and not be the last. */
const MAX_PAGES = 10;

/** What of HR's events waits for a person: events that failed, and events whose employee is not known. */
export function createHrCheck({ sources, events }: Deps) {
  const count = async (state: 'failed' | 'needs-identity') => {
    let counted = 0;
    let next: string | undefined;
    for (let page = 0; page < MAX_PAGES && counted < MAX_COUNTED; page += 1) {
      const found = await events.list({ state }, MAX_COUNTED, next);
      counted += found.events.length;
      next = found.next;
      if (next === undefined) return `${counted}`;
    }
    return `${counted} or more`;
  };
  return async (): Promise<string> => {
    if (sources.size === 0) return 'no HR sources';
    const [failed, unknown] = await Promise.all([count('failed'), count('needs-identity')]);
    return `${failed} events failed (GET /hr-events?state=failed), ${unknown} need an identity`;
  };
}

/** The policy that is saved; without HR sources, none is needed. */
export function createHrPolicyCheck(
  sources: ReadonlyMap<string, Source>,
  checkPolicy: () => Promise<string>,
) {
  return async (): Promise<string> => (sources.size === 0 ? 'not needed: no HR sources' : checkPolicy());
}
