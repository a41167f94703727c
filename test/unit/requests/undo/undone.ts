import type { Caller } from '../../../../src/http/caller.ts';
import type { Operation } from '../../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../../src/requests/record/accept.ts';
import type { ItemResult } from '../../../../src/requests/record/item-result.ts';
import type { StoredRequest } from '../../../../src/requests/record/record.ts';
import type { UndoContext } from '../../../../src/requests/undo/decide-undo.ts';
import type { UndoLicenses } from '../../../../src/requests/undo/undo-licenses.ts';

export const CATALOGUE: UndoLicenses = {
  licenses: [
    { id: 'M', name: 'Advanced Messaging' },
    { id: 'S', name: 'Webex Suite', subscriptionId: 'one' },
    { id: 'T', name: 'Webex Suite', subscriptionId: 'two' },
    { id: 'C', name: 'Webex Calling - Professional' },
  ],
  lost: [],
  successors: () => [],
};
const [MESSAGING, ...OTHERS] = CATALOGUE.licenses;
/** After a renewal: the license `M` has gone, and these have its name. */
export const renewedAs = (...ids: readonly string[]): UndoLicenses => {
  const renewed = ids.map((id) => ({ id, name: MESSAGING?.name ?? '' }));
  return {
    licenses: [...OTHERS, ...renewed],
    lost: MESSAGING ? [MESSAGING] : [],
    successors: ({ id }) => (id === 'M' ? renewed : []),
  };
};
export const toTime = (minute: number): Date => new Date(Date.UTC(2026, 10, 24, 12, minute));

export interface Performed {
  readonly requestId: string;
  readonly minute: number;
  readonly email?: string;
  readonly license: string;
  readonly operation: Operation;
  readonly batch?: string | undefined;
  readonly source?: string;
  readonly origin?: Caller;
  readonly state?: StoredRequest['state'];
  /** By default it is done. */
  readonly result?: ItemResult;
  readonly more?: Partial<StoredRequest>;
}

/** A request that was performed in the minute after its acceptance. */
export function performed({ requestId, minute, license, operation, ...how }: Performed): StoredRequest {
  const { email = 'ada@example.com', batch, source, origin, state = 'succeeded', result, more } = how;
  const at = toTime(minute);
  const request = {
    ...{ version: 1 as const, person: { email } },
    ...{ licenses: [{ license, operation }], siteUrls: [] },
    ...(batch !== undefined && { batch }),
    ...(source !== undefined && { source }),
  };
  const record = acceptRequest(requestId, request, { at, instance: 'i' }, origin ?? { channel: 'http' });
  const done = { result: operation === 'add' ? 'assigned' : 'removed', licenseId: license } as const;
  return {
    ...record,
    ...{ state, attempts: 1, results: [result ?? done], updatedAt: at, version: '1' },
    history: [...record.history, { at, state: 'working', instance: 'i', attempt: 1 }],
    ...more,
  };
}

/** An undo of the batch `x`. */
export const toContext = (more: Partial<UndoContext> = {}): UndoContext => ({
  isUndone: ({ request }) => request?.batch === 'x',
  ...{ batch: 'undo-000000000001', catalogue: CATALOGUE, allowCallingRemoval: false, assumeHeld: false },
  ...more,
});

/** A people snapshot from before all requests. */
export const snapshotOf = (...licenseIds: readonly string[]): NonNullable<UndoContext['heldBefore']> => ({
  ...{ readStartedAt: toTime(-60), readEndedAt: toTime(-50) },
  keys: new Set(licenseIds.map((id) => `license ${id}`)),
});
