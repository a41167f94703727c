import { findPersonKeys } from '../../requests/person-keys.ts';
import { type Item, toItems } from '../../requests/record/items.ts';
import type { StoredRequest, Waiting } from '../../requests/record/record.ts';
import { isOpen, type State } from '../../requests/record/states.ts';
import type { RequestStore } from '../../requests/store.ts';
import { findCandidates } from '../../webex/catalogue.ts';
import type { License } from '../../webex/license.ts';
import { createNameLicense, type NamedLicense } from '../../webex/license-names.ts';

/** A request of a person that has not ended. */
export interface ExplainedRequest {
  readonly requestId: string;
  readonly state: State;
  /** `hr` where the policy asks; else a direct request. */
  readonly channel?: string;
  readonly reason?: string;
  readonly effectiveAt?: string;
  /** What is left to do. */
  readonly changes: readonly { readonly operation: 'add' | 'remove'; readonly name: string }[];
  readonly waiting?: Waiting;
  /** The place in line for a seat of each license that it waits for; absent behind the first 100. */
  readonly seats?: readonly (NamedLicense & { readonly place?: number })[];
}

/** Names of one person: a person id, or an address. */
export interface RequestsDeps {
  readonly requestStore: Pick<RequestStore, 'read' | 'readName' | 'readPerson' | 'waitingForSeats'>;
}

/** A longer line is not read for one person. */
const MAX_PLACE = 100;
const MAX_REQUESTS = 50;

/** The open requests under some names of a person, with the place of each that waits for a seat. */
export async function readOpenRequests(
  { requestStore }: RequestsDeps,
  personKeys: readonly string[],
  catalogue: readonly License[],
): Promise<readonly ExplainedRequest[]> {
  const keys = await findPersonKeys(requestStore, personKeys);
  const found = await Promise.all(keys.map((key) => requestStore.readPerson(key)));
  const byId = new Map(
    found.flatMap(({ open }) => open.map((record) => [record.requestId, record] as const)),
  );
  const open = [...byId.values()]
    .filter(({ state }) => isOpen(state))
    .sort((a, b) => a.acceptedAt.getTime() - b.acceptedAt.getTime())
    .slice(0, MAX_REQUESTS);
  return Promise.all(open.map((record) => explainRequest(requestStore, record, catalogue)));
}

async function explainRequest(
  requestStore: RequestsDeps['requestStore'],
  record: StoredRequest,
  catalogue: readonly License[],
): Promise<ExplainedRequest> {
  const { requestId, state, origin, request, results, waiting } = record;
  const nameLicense = createNameLicense(catalogue);
  const seats =
    waiting?.for === 'no-seats'
      ? await Promise.all(
          (waiting.licenseIds ?? []).map(async (id) => {
            const line = await requestStore.waitingForSeats(id, MAX_PLACE);
            const place = line.findIndex((one) => one.requestId === requestId) + 1;
            return { ...nameLicense(id), ...(place > 0 && { place }) };
          }),
        )
      : [];
  const toName = (item: Item) => {
    if (item.kind === 'site') return item.siteUrl;
    const [license] = findCandidates(item.reference, catalogue);
    if (license) return nameLicense(license.id).name;
    return typeof item.reference === 'string' ? item.reference : item.reference.name;
  };
  const left = (request ? toItems(request) : []).filter(
    ({ index }) => (results[index]?.result ?? 'wanted') === 'wanted',
  );
  return {
    ...{ requestId, state },
    ...(origin && { channel: origin.channel }),
    ...(request?.reason !== undefined && { reason: request.reason }),
    ...(request?.effectiveAt !== undefined && { effectiveAt: request.effectiveAt }),
    changes: left.map((item) => ({ operation: item.operation, name: toName(item) })),
    ...(waiting && { waiting }),
    ...(seats.length > 0 && { seats }),
  };
}
