import { findLicense } from '../../webex/catalogue.ts';
import { isPersonalCalling, type License } from '../../webex/license.ts';
import type { Operation } from '../license-request.ts';
import { toEffectiveAt } from '../record/due.ts';
import { isNewer } from '../record/person.ts';
import type { StoredRequest } from '../record/record.ts';
import { type Mention, toMentions } from './mentions.ts';
import type { LeftReason } from './undo.ts';
import { isUndoId } from './undo-id.ts';
import type { UndoLicenses } from './undo-licenses.ts';

/** What a person held at some time, by a people snapshot. */
export interface HeldBefore {
  readonly readStartedAt: Date;
  readonly readEndedAt: Date;
  /** Of licenses: see `Mention.key`. */
  readonly keys: ReadonlySet<string>;
}

export interface UndoContext {
  /** Whether a request is among those that are undone. */
  readonly isUndone: (record: StoredRequest) => boolean;
  /** The batch of the undo itself: its requests are no newer ones. */
  readonly batch: string;
  readonly catalogue: UndoLicenses;
  readonly heldBefore?: HeldBefore | undefined;
  readonly allowCallingRemoval: boolean;
  readonly assumeHeld: boolean;
}

/** What becomes of one change of an undone request. */
export type Decided = {
  readonly mention: Mention;
  /** As the catalogue has it. */
  readonly license?: License;
} & (
  | {
      readonly outcome: 'put-back';
      readonly operation: Operation;
      /** The request that puts it back already. */
      readonly by?: string;
    }
  | { readonly outcome: 'left'; readonly reason: LeftReason; readonly by?: string }
);

interface Speaker {
  readonly record: StoredRequest;
  readonly mention: Mention;
}

/**
 * Decides for each change of an undone request whether it is put back. Of several undone requests about one license, the
 * latest decides for all of them, so that the license comes back as it was before the first.
 * @param history all requests of the person, with this one
 */
export function decideUndo(
  record: StoredRequest,
  history: readonly StoredRequest[],
  context: UndoContext,
): readonly Decided[] {
  const { catalogue } = context;
  const spoken = new Map<string, Speaker[]>();
  for (const one of history) {
    if (isWithdrawn(one)) continue;
    for (const mention of toMentions(one, catalogue))
      spoken.set(mention.key, [...(spoken.get(mention.key) ?? []), { record: one, mention }]);
  }
  return toMentions(record, catalogue).flatMap((mention) => {
    if (mention.end === 'none') return [];
    const speakers = (spoken.get(mention.key) ?? []).filter(speaks).sort(oldestFirst);
    const decided = decide({ record, mention }, speakers, context);
    if (decided === undefined) return [];
    const license =
      mention.licenseId === undefined ? undefined : findLicense(mention.licenseId, catalogue.licenses);
    return [{ mention, ...(license && { license }), ...decided } as Decided];
  });
}

type Outcome =
  | { readonly outcome: 'put-back'; readonly operation: Operation; readonly by?: string }
  | { readonly outcome: 'left'; readonly reason: LeftReason; readonly by?: string };

/** Undefined where a later one of the undone requests decides. */
function decide(own: Speaker, speakers: readonly Speaker[], context: UndoContext): Outcome | undefined {
  const at = speakers.findIndex(({ record }) => record.requestId === own.record.requestId);
  const newer = speakers.slice(at + 1);
  const isUndone = ({ record }: Speaker) => context.isUndone(record);
  if (newer.some((one) => isUndone(one) && one.mention.end !== 'none')) return undefined;
  const ownUndo = newer.find(({ record }) => isOfUndo(record, context.batch));
  if (ownUndo)
    return { outcome: 'put-back', operation: ownUndo.mention.operation, by: ownUndo.record.requestId };
  if (own.mention.end === 'uncertain') return toLeft('change-unknown');
  const decider = newer.findLast((one) => !isUndone(one));
  if (decider) {
    const { requestId: by } = decider.record;
    return { ...toLeft(toNewerReason(decider)), by };
  }
  const was = readBefore(speakers.slice(0, at + 1), isUndone, context);
  if (was === 'unknown') return toLeft('before-unknown');
  if (was === toState(own.mention.operation)) return toLeft('unchanged');
  return toPutBack(own.mention, was === 'held' ? 'add' : 'remove', context);
}

function toNewerReason({ record, mention }: Speaker): LeftReason {
  if (!isUndoId(record.requestId)) return 'newer-request';
  const isEnded = record.state === 'failed' || record.state === 'partial';
  return isEnded && (mention.end === 'none' || mention.end === 'uncertain') ? 'undo-failed' : 'newer-undo';
}

function toPutBack(
  { licenseId }: Mention,
  operation: Operation,
  { catalogue, allowCallingRemoval }: UndoContext,
): Outcome {
  if (licenseId === undefined) return { outcome: 'put-back', operation };
  const license = findLicense(licenseId, catalogue.licenses);
  if (license === undefined) return toLeft('license-gone');
  if (isPersonalCalling(license)) {
    if (operation === 'add') return toLeft('calling-number');
    if (!allowCallingRemoval) return toLeft('calling-removal');
  }
  return { outcome: 'put-back', operation };
}

type State = 'held' | 'not-held' | 'unknown';

/** Whether the person had a license before the first of the undone requests after the last other one. */
function readBefore(
  upToOwn: readonly Speaker[],
  isUndone: (speaker: Speaker) => boolean,
  { heldBefore, assumeHeld }: UndoContext,
): State {
  const lastOther = upToOwn.findLastIndex((one) => !isUndone(one));
  const first = upToOwn.slice(lastOther + 1).find(({ mention }) => mention.end !== 'none');
  if (first === undefined) return 'unknown';
  const { record, mention } = first;
  if (mention.end === 'unchanged') return toState(mention.operation);
  if (mention.end === 'changed') return toState(mention.operation === 'add' ? 'remove' : 'add');
  const earlier = upToOwn.slice(0, upToOwn.indexOf(first)).findLast((one) => one.mention.end !== 'none');
  const isSeen =
    heldBefore !== undefined &&
    mention.licenseId !== undefined &&
    heldBefore.readEndedAt <= record.acceptedAt &&
    (earlier === undefined || heldBefore.readStartedAt >= earlier.record.updatedAt);
  if (isSeen) return heldBefore.keys.has(mention.key) ? 'held' : 'not-held';
  // The policy takes only what it has given, or what Webex was asked for.
  if (record.origin?.channel === 'hr' && mention.operation === 'remove') return 'held';
  if (earlier !== undefined && earlier.mention.end !== 'uncertain') return toState(earlier.mention.operation);
  return assumeHeld && mention.operation === 'remove' ? 'held' : 'unknown';
}

const toState = (operation: Operation): State => (operation === 'add' ? 'held' : 'not-held');
const toLeft = (reason: LeftReason) => ({ outcome: 'left', reason }) as const;

/** A request that is to come decides when it comes. */
const isWithdrawn = ({ state }: StoredRequest): boolean => state === 'scheduled';

/** A cancelled request decides nothing, apart from what it has done. */
const speaks = ({ record, mention }: Speaker): boolean =>
  record.state !== 'cancelled' || mention.end !== 'none';

/** By when they take effect; at the same time, the removal counts as the later one. */
function oldestFirst(a: Speaker, b: Speaker): number {
  const [one, other] = [toAsked(a), toAsked(b)];
  return isNewer(one, other) ? 1 : isNewer(other, one) ? -1 : 0;
}
const toAsked = ({ record, mention: { operation } }: Speaker) => ({
  ...{ requestId: record.requestId, operation, at: toEffectiveAt(record) },
});

export const isOfUndo = ({ requestId, request }: StoredRequest, batch: string): boolean =>
  request?.batch === batch && isUndoId(requestId);
