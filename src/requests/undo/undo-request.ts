import type { Log } from '../../platform/log.ts';
import { isCallingId } from '../../webex/catalogue.ts';
import type { CancelDeps } from '../cancel.ts';
import type { LicenseRequest } from '../license-request.ts';
import { acceptRequest } from '../record/accept.ts';
import { logMove } from '../record/log-move.ts';
import type { StoredRequest } from '../record/record.ts';
import type { RequestStore } from '../store.ts';
import type { Undone } from './count-undo.ts';
import { type Decided, decideUndo, type HeldBefore } from './decide-undo.ts';
import { toLicenseKey, toMentions } from './mentions.ts';
import { type PutBack, type ToPutBack, toPutBacks } from './put-back.ts';
import { readHistory } from './read-history.ts';
import { isInScope } from './scope.ts';
import { stopOpen } from './stop-open.ts';
import type { UndoInput } from './undo.ts';
import { followId, type UndoLicenses } from './undo-licenses.ts';
import { toLine, toUnsearchedLines } from './undo-lines.ts';

export interface UndoDeps extends CancelDeps {
  readonly requestStore: CancelDeps['requestStore'] &
    Pick<RequestStore, 'read' | 'add' | 'list' | 'readName' | 'ofBatch'>;
  /** What a person of the token's own organization held before an instant, as far as a people snapshot tells. */
  readonly heldBefore: (
    name: string,
    before: Date,
  ) => Promise<(Omit<HeldBefore, 'keys'> & { readonly licenseIds: readonly string[] }) | undefined>;
}

/** An undo, with the licenses of the organization of the request. */
export interface UndoJob {
  readonly batch: string;
  readonly input: UndoInput;
  readonly catalogue: UndoLicenses;
}

/**
 * Undoes one request: cancels it where it is open and its sender would not ask again, and puts back what it changed. Done
 * twice, it does the same.
 */
export async function undoRequest(
  deps: UndoDeps,
  found: StoredRequest,
  job: UndoJob,
  log: Log,
): Promise<Undone> {
  const { input, catalogue } = job;
  const { record, lines: stopped } = await stopOpen(deps, found, job, log);
  const history = await readHistory(deps.requestStore, record);
  if (history === undefined)
    return toUndone([...stopped, ...toUnsearchedLines(record, catalogue)], [], catalogue);
  const isStillOpen = stopped.some(({ outcome }) => outcome === 'open');
  const decided = (await decide(deps, record, history, job)).filter(
    (one) => !(isStillOpen && one.outcome === 'left' && one.reason === 'change-unknown'),
  );
  const isNew = (one: Decided): one is ToPutBack => one.outcome === 'put-back' && one.by === undefined;
  const sent = history.filter(({ requestId }) =>
    decided.some(({ outcome, by }) => outcome === 'put-back' && by === requestId),
  );
  await resend(deps, sent);
  const ended: Decided[] = decided.filter((one) => !isNew(one));
  const requests = sent.flatMap(({ request }) => request ?? []);
  for (const putBack of toPutBacks(record, decided.filter(isNew), history, { ...input, batch: job.batch })) {
    const by = input.dryRun ? undefined : await submit(deps, putBack, input, log);
    const isOurs = by === undefined || by.request?.batch === job.batch;
    if (isOurs) requests.push(putBack.request);
    ended.push(...putBack.decided.map((one) => (isOurs ? toSent(one, by) : toUndoneByOther(one, by))));
  }
  return toUndone([...stopped, ...ended.map((one) => toLine(record, one, catalogue))], requests, catalogue);
}

async function decide(
  deps: UndoDeps,
  record: StoredRequest,
  history: readonly StoredRequest[],
  job: UndoJob,
): Promise<readonly Decided[]> {
  const { allowCallingRemoval, assumeHeld } = job.input;
  return decideUndo(record, history, {
    isUndone: (one) => isInScope(one, job.input),
    ...{ batch: job.batch, catalogue: job.catalogue, allowCallingRemoval, assumeHeld },
    heldBefore: await readHeld(deps, record, history, job),
  });
}

/** The snapshots are read only where they may decide. */
async function readHeld(
  { heldBefore }: UndoDeps,
  record: StoredRequest,
  history: readonly StoredRequest[],
  { input, catalogue }: UndoJob,
): Promise<HeldBefore | undefined> {
  const { request, personId } = record;
  const name = personId ?? request?.person.personId ?? request?.person.email;
  const isOpenQuestion = toMentions(record, catalogue).some(
    ({ end, licenseId }) => end === 'done' && licenseId !== undefined,
  );
  if (!isOpenQuestion || name === undefined || request?.orgId !== undefined) return undefined;
  const undone = history.filter((one) => isInScope(one, input));
  const firstMs = Math.min(...[record, ...undone].map(({ acceptedAt }) => acceptedAt.getTime()));
  const held = await heldBefore(name, new Date(firstMs));
  return (
    held && { ...held, keys: new Set(held.licenseIds.map((id) => toLicenseKey(followId(id, catalogue)))) }
  );
}

/** Adds the request and sends its message. Where another undo has added it, that one stays. */
async function submit(
  deps: UndoDeps,
  { requestId, request }: PutBack,
  { by }: UndoInput,
  log: Log,
): Promise<StoredRequest> {
  const { requestStore, clock, instance } = deps;
  const accepted = acceptRequest(requestId, request, { at: clock(), instance }, by);
  const [added] = await requestStore.add([accepted], 'storage');
  if (added === undefined) throw new Error(`${requestId} was not added`);
  if (added.added) logMove(log, added.record);
  await resend(deps, [added.record]);
  return added.record;
}

/** The message of a request that is still accepted may have been lost with the instance that added it. */
async function resend(
  { workQueue }: Pick<UndoDeps, 'workQueue'>,
  records: readonly StoredRequest[],
): Promise<void> {
  for (const record of records) if (record.state === 'accepted') await workQueue.send(record, 0);
}

const toSent = (decided: ToPutBack, by: StoredRequest | undefined): Decided => ({
  ...decided,
  ...(by && { by: by.requestId }),
});

const toUndoneByOther = ({ mention, license }: ToPutBack, by: StoredRequest | undefined): Decided => ({
  ...{ mention, ...(license && { license }), outcome: 'left', reason: 'newer-undo' },
  ...(by && { by: by.requestId }),
});

function toUndone(
  lines: Undone['lines'],
  requests: readonly Pick<LicenseRequest, 'licenses' | 'siteUrls'>[],
  { licenses: listed }: UndoLicenses,
): Undone {
  const isRemoval = ({ operation }: { readonly operation: string }) => operation === 'remove';
  const removals = requests.filter(({ licenses, siteUrls }) => [...licenses, ...siteUrls].some(isRemoval));
  const calling = removals.filter(({ licenses }) =>
    licenses
      .filter(isRemoval)
      .some(({ license }) => typeof license === 'string' && isCallingId(license, listed)),
  );
  return {
    ...{ lines, submitted: requests.length },
    ...{ removals: removals.length, callingRemovals: calling.length },
  };
}
