import pMap from 'p-map';
import type { HttpAnswer } from '../http/problem.ts';
import { isHeld } from '../requests/record/item-result.ts';
import { toItems } from '../requests/record/items.ts';
import type { StoredRequest } from '../requests/record/record.ts';
import type { RequestStore } from '../requests/store.ts';
import { MAX_COUNTED } from './approvals.ts';
import type { Causes } from './causes.ts';
import type { PauseState } from './pause.ts';

interface Deps {
  readonly causes: Pick<Causes, 'page'>;
  readonly requestStore: Pick<RequestStore, 'heldUnder' | 'countHeld'>;
}

/** A cause under which removals wait. */
export interface Awaiting {
  readonly cause: string;
  /** Counted up to 1,000. */
  readonly requests: number;
  readonly oldest: Date | undefined;
  readonly examples: readonly StoredRequest[];
  readonly decision: 'approve' | 'reject' | undefined;
}

/** The first causes, in the order of their names. */
export interface AwaitingPage {
  readonly awaiting: readonly Awaiting[];
  readonly isMore: boolean;
}

/** The name of the license with an id; undefined of another text, and where Webex cannot be asked. */
export type LicenseNames = (licenseId: string) => Promise<string | undefined>;

const MAX_CAUSES = 200;
const CAUSES_AT_ONCE = 8;
const EXAMPLES = 3;
const FOREVER = new Date('9999-12-30T00:00:00Z');

/** The causes under which removals wait for approval, each with how many, since when, and what would go. */
export function createReadAwaiting({ causes, requestStore }: Deps) {
  return async function readAwaiting(): Promise<AwaitingPage> {
    const page = await causes.page(MAX_CAUSES);
    const found = await pMap(
      page.causes,
      async ({ cause, decision }) => {
        const requests = await requestStore.countHeld(cause, MAX_COUNTED);
        const held = requests > 0 ? await requestStore.heldUnder(cause, FOREVER, EXAMPLES) : { records: [] };
        const examples = held.records.slice(0, EXAMPLES);
        const oldest = examples[0]?.results.find(isHeld)?.heldSince;
        return { cause, requests, oldest, examples, decision: decision?.decision };
      },
      { concurrency: CAUSES_AT_ONCE },
    );
    return { awaiting: found.filter(({ requests }) => requests > 0), isMore: page.next !== undefined };
  };
}

export function createListApprovals(
  readAwaiting: () => Promise<AwaitingPage>,
  readPause: () => Promise<PauseState>,
  nameOf: LicenseNames,
) {
  return async function listApprovals(): Promise<HttpAnswer> {
    const toExampleOf = (record: StoredRequest) => toExample(record, nameOf);
    const { awaiting: found, isMore } = await readAwaiting();
    const items = await Promise.all(
      found.map(async ({ examples, ...awaiting }) => ({
        ...awaiting,
        examples: await Promise.all(examples.map(toExampleOf)),
      })),
    );
    const pause = await readPause();
    // Examples name people.
    const headers = { 'cache-control': 'no-store' };
    return {
      status: 200,
      headers,
      jsonBody: { items, ...(isMore && { isMore }), ...(pause.paused && { pause }) },
    };
  };
}

async function toExample({ requestId, request, results }: StoredRequest, nameOf: LicenseNames) {
  const items = request ? toItems(request) : [];
  const held = items.flatMap((item) => {
    const result = results[item.index];
    if (item.operation !== 'remove' || result === undefined || !isHeld(result)) return [];
    if (item.kind === 'site') return [item.siteUrl];
    return [typeof item.reference === 'string' ? item.reference : item.reference.name];
  });
  const removes = await Promise.all(held.map(async (text) => (await nameOf(text)) ?? text));
  return { requestId, person: request?.person, source: request?.source, reason: request?.reason, removes };
}

/** For the health: a line for each cause. It is no fault that something waits for a person. */
export const toAwaitingText = ({ awaiting, isMore }: AwaitingPage): readonly string[] => [
  ...awaiting.map(
    ({ cause, requests, oldest }) =>
      `${requests}${requests >= MAX_COUNTED ? ' or more' : ''} requests need approval under ${cause} since ${oldest?.toISOString()}`,
  ),
  ...(isMore ? ['there are more causes'] : []),
];
