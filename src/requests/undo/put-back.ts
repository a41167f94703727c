import type { LicenseRequest } from '../license-request.ts';
import type { StoredRequest } from '../record/record.ts';
import type { Decided } from './decide-undo.ts';
import type { UndoInput } from './undo.ts';
import { isUndoId, toUndoId } from './undo-id.ts';

/** A request that puts something back, and which changes of the undone request it is for. */
export interface PutBack {
  readonly requestId: string;
  readonly request: LicenseRequest;
  readonly decided: readonly ToPutBack[];
}
export type ToPutBack = Extract<Decided, { outcome: 'put-back' }>;

/** A request holds this many of each. */
const MAX_ITEMS = 50;
const MAX_REASON = 200;

interface Asked extends Pick<UndoInput, 'reason' | 'until' | 'allowCallingRemoval'> {
  readonly batch: string;
}

/**
 * The requests that put back what an undone request changed: one for most. They are direct ones, and stand against the policy.
 * @param history of the person: another id is needed where a request that put back the same was cancelled
 */
export function toPutBacks(
  record: StoredRequest,
  decided: readonly ToPutBack[],
  history: readonly StoredRequest[],
  asked: Asked,
): readonly PutBack[] {
  const chunks = Array.from({ length: Math.ceil(decided.length / MAX_ITEMS) }, (_, index) =>
    decided.slice(index * MAX_ITEMS, (index + 1) * MAX_ITEMS),
  );
  return chunks.map((chunk) => {
    const items = chunk.map(({ operation, mention }) => `${operation} ${mention.key}`);
    const [start = ''] = toUndoId(record.requestId, items, 0).split('.');
    const cancelled = history.filter(
      ({ requestId, state }) =>
        state === 'cancelled' && isUndoId(requestId) && requestId.startsWith(`${start}.`),
    );
    return {
      requestId: toUndoId(record.requestId, items, cancelled.length),
      request: toRequest(record, chunk, asked),
      decided: chunk,
    };
  });
}

function toRequest(
  { requestId, request, personId }: StoredRequest,
  decided: readonly ToPutBack[],
  { batch, reason, until, allowCallingRemoval }: Asked,
): LicenseRequest {
  const { email, personId: named } = request?.person ?? {};
  // The id is whom Webex confirmed: the address may belong to another person now.
  const id = personId ?? named;
  const isTaking = decided.some(({ operation }) => operation === 'remove');
  return {
    version: 1,
    person: { ...(email !== undefined && { email }), ...(id !== undefined && { personId: id }) },
    licenses: decided.flatMap(({ license, operation }) =>
      license === undefined ? [] : [{ license: license.id, operation }],
    ),
    siteUrls: decided.flatMap(({ mention: { siteUrl }, operation }) =>
      siteUrl === undefined ? [] : [{ siteUrl, accountType: 'attendee' as const, operation }],
    ),
    reason: `undo of ${requestId}${reason === undefined ? '' : `: ${reason}`}`.slice(0, MAX_REASON),
    batch,
    ...(until !== undefined && { until }),
    ...(request?.orgId !== undefined && { orgId: request.orgId }),
    ...(allowCallingRemoval && isTaking && { allowCallingRemoval }),
  };
}
