import { toCanonicalId } from '../../src/webex/webex-id.ts';
import { isSecondOrg } from './spelling.ts';
import { toChange } from './steps.ts';
import type { Call, StandIn } from './wire.ts';

/** What Webex refuses to everybody: the token, or more calls. */
export type RefusesAll = 'token' | 'rate';

/** As long as a token that is refused waits; shorter than a night. */
const RETRY_AFTER_SECONDS = 300;
const ANSWERS: Readonly<Record<RefusesAll, StandIn>> = {
  token: { status: 401 },
  rate: { status: 429, headers: { 'retry-after': `${RETRY_AFTER_SECONDS}` } },
};

export interface Refusals {
  /** Undefined for a call that is not refused. */
  toAnswer(call: Call): StandIn | undefined;
  refuseAll(how: RefusesAll): void;
  /** Refuses nothing any more. */
  mend(): void;
  /** How many calls were refused so far: for the second organization, and to all. */
  readonly counts: { readonly second: number; readonly all: number };
}

/** @param isOfSecondOrg whether the person with an id belongs to the second organization */
export function createRefusals(isOfSecondOrg: (personId: string) => boolean): Refusals {
  let isSecondRefused = true;
  let all: RefusesAll | undefined;
  const counts = { second: 0, all: 0 };
  return {
    toAnswer(call) {
      if (call.to !== 'webex') return undefined;
      if (all !== undefined) {
        counts.all += 1;
        return ANSWERS[all];
      }
      if (!isSecondRefused || !isAboutSecondOrg(call, isOfSecondOrg)) return undefined;
      counts.second += 1;
      return { status: 403 };
    },
    refuseAll(how) {
      all = how;
    },
    mend() {
      isSecondRefused = false;
      all = undefined;
    },
    counts,
  };
}

function isAboutSecondOrg(call: Call, isOfSecondOrg: (personId: string) => boolean): boolean {
  if (call.method === 'PATCH') return isSecondOrg(toChange(call).orgId);
  const { pathname, searchParams } = new URL(call.path, 'http://webex');
  const personId = /\/people\/(.+)$/.exec(pathname)?.[1];
  if (personId !== undefined) return isOfSecondOrg(toCanonicalId('PEOPLE', decodeURIComponent(personId)));
  return isSecondOrg(searchParams.get('orgId') ?? undefined);
}
