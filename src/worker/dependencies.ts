import { toEffectiveAt } from '../requests/record/due.ts';
import type { Item } from '../requests/record/items.ts';
import type { ItemResult, RequestRecord } from '../requests/record/record.ts';
import { type CallingContext, findCallingConflict, isInCallingRules } from '../webex/calling-rules.ts';
import { ERROR_CODES } from '../webex/errors/error-codes.ts';
import { isPersonalCalling, isPrerequisite, type License, type LicenseIdentity } from '../webex/license.ts';
import type { Holdings } from './plan/holdings.ts';
import { type Choice, isCallingRemoval, isSite, type OwnerOf } from './plan/references.ts';
import { isOpen, type Progress, withResult } from './progress.ts';

/**
 * Splits what several requests ask for into batches, each sent in one call, one after the other. Requests that Webex
 * checks independently of each other go together. Where Webex's answer to one depends on what another changes, each
 * goes by itself, in the order of the requests: the result is the same as if they had come minutes apart. Access to
 * sites goes last, since it may be lost with a license that another request removes.
 */
export function toBatches(choices: readonly Choice[], ownerOf: OwnerOf): readonly (readonly Choice[])[] {
  const byRequest = new Map<RequestRecord, Choice[]>();
  const [sites, licenses] = [choices.filter(isSite), choices.filter((choice) => !isSite(choice))];
  for (const choice of licenses) {
    const record = ownerOf(choice.item);
    byRequest.set(record, [...(byRequest.get(record) ?? []), choice]);
  }
  const ordered = [...byRequest].sort(byEffect).map(([, own]) => own);
  const hasPrerequisite = choices.some(mayBe(isPrerequisite));
  const dependent = ordered.filter((own) => hasPrerequisite || own.some(mayBe(isInCallingRules)));
  const [first = [], ...rest] = dependent;
  if (rest.length === 0) return [[...ordered.flat(), ...sites]];
  const independent = ordered.filter((own) => !dependent.includes(own));
  const last = rest.pop() ?? [];
  return [[...independent.flat(), ...first], ...rest, [...last, ...sites]];
}

const mayBe =
  (isKind: (license: License) => boolean) =>
  ({ candidates }: Choice) =>
    candidates.some(isKind);

type Owned = readonly [record: RequestRecord, choices: readonly Choice[]];

/**
 * In the order in which requests take effect. At the same moment: removals first, then Calling licenses, then the rest,
 * which may need one of them.
 */
const byEffect = ([a, ofA]: Owned, [b, ofB]: Owned): number =>
  toEffectiveAt(a).getTime() - toEffectiveAt(b).getTime() ||
  a.acceptedAt.getTime() - b.acceptedAt.getTime() ||
  toRank(ofA) - toRank(ofB) ||
  (a.requestId < b.requestId ? -1 : 1);

function toRank(choices: readonly Choice[]): number {
  const additions = choices.filter(({ item }) => item.operation === 'add');
  if (additions.length === 0) return 0;
  return additions.some(mayBe(isPersonalCalling)) || additions.some(mayBe(isPrerequisite)) ? 1 : 2;
}

/** The removal of a Calling license, and the additions of the same request that may replace it. */
export interface Exchange {
  readonly removal: Choice;
  readonly replacements: readonly Choice[];
}

/**
 * The exchanges of Calling licenses. A removal destroys the number, so within one request it is sent only together with
 * the license that replaces it, or after that license was assigned. What another request asks for never holds it back.
 */
export const findExchanges = (choices: readonly Choice[], ownerOf: OwnerOf): readonly Exchange[] =>
  choices.filter(isCallingRemoval).map((removal) => {
    const isOwn = ({ item }: Choice) => ownerOf(item) === ownerOf(removal.item);
    return {
      removal,
      replacements: choices.filter((choice) => isOwn(choice) && mayBeCallingAddition(choice)),
    };
  });

/** An unknown reference may mean any license, also one of Webex Calling. */
const mayBeCallingAddition = ({ item, candidates }: Choice): boolean =>
  item.kind === 'license' &&
  item.operation === 'add' &&
  (candidates.length === 0 || candidates.some(isPersonalCalling));

/**
 * Settles as withheld each removal whose replacement was refused. One that a newer request overruled holds back
 * nothing: performed one after the other, both licenses would go, too.
 */
export function withholdRemovals(progress: Progress, exchanges: readonly Exchange[]): Progress {
  let next = progress;
  for (const { removal, replacements } of exchanges) {
    const isRefused = ({ item }: Choice) => next.results[item.index]?.result === 'failed';
    if (isOpen(next, removal) && replacements.some(isRefused))
      next = withResult(next, removal.item, toWithheld(removal, next.results[removal.item.index]?.licenseId));
  }
  return next;
}

function toWithheld({ candidates }: Choice, chosenId: string | undefined): ItemResult {
  const licenseId = chosenId ?? (candidates.length === 1 ? candidates[0]?.id : undefined);
  return {
    result: 'failed',
    condition: 'removal-withheld',
    detail:
      'Not removed, so that the person does not lose the number: the license of this request that was to replace it was not assigned. See the reason there, and send both again.',
    ...(licenseId !== undefined && { licenseId }),
  };
}

/** Whether a removal must not be sent yet: its replacement is still to be assigned, and is not sent with it. */
export const mustWaitForReplacement = (
  choice: Choice,
  sendable: ReadonlySet<Item>,
  progress: Progress,
  exchanges: readonly Exchange[],
): boolean =>
  exchanges.some(
    ({ removal, replacements }) =>
      removal === choice &&
      replacements.some((other) => isOpen(progress, other) && !sendable.has(other.item)),
  );

/**
 * The additions that Webex would refuse for the sake of another Calling license, with the reason of its documented
 * rules: they are not sent, and do not wait for a seat that they cannot use. Only what one request asks for counts as
 * one change.
 * @param choices what is to be done, one after the other by request
 * @param licenses the whole catalogue
 */
export function findCallingConflicts(
  choices: readonly Choice[],
  { ownerOf }: { readonly ownerOf: OwnerOf },
  licenses: readonly License[],
  holdings: Holdings | undefined,
): ReadonlyMap<Choice, ItemResult> {
  const held = holdings && toHeld(holdings, licenses);
  const additions = choices.filter(
    ({ item, candidates }) => item.operation === 'add' && candidates.length > 0,
  );
  const alone = new Map(
    additions
      .filter(isCalling)
      .flatMap((choice) => toRefusals(choice, findCallingConflict(toFirst(choice), toContext(choice, [])))),
  );
  // An addition that is refused for what the person keeps is no hindrance to the others.
  const allowed = additions.filter((choice) => !alone.has(choice));
  const together = allowed.flatMap((choice) =>
    toRefusals(choice, findCallingConflict(toFirst(choice), toContext(choice, allowed))),
  );
  return new Map([...alone, ...together]);

  function toContext({ item }: Choice, added: readonly Choice[]): CallingContext {
    const isOwn = (other: Choice) => ownerOf(other.item) === ownerOf(item);
    const removed = choices.filter((choice) => isOwn(choice) && choice.item.operation === 'remove');
    return {
      held,
      added: added.filter(isOwn).map(toFirst),
      removed: removed.flatMap(({ candidates }) => candidates),
    };
  }
}

/** All that a reference may mean is of one name, and so of one kind. */
const toFirst = ({ candidates: [first] }: Choice): LicenseIdentity => first ?? { id: '', name: '' };

const isCalling = (choice: Choice): boolean => isPersonalCalling(toFirst(choice));

/** A license that the catalogue does not have is known by the type in its id alone. */
function toHeld({ licenses: ids }: Holdings, licenses: readonly License[]): readonly LicenseIdentity[] {
  const byId = new Map(licenses.map((license) => [license.id, license]));
  return ids.map((id) => byId.get(id) ?? { id, name: '' });
}

function toRefusals(choice: Choice, code: number | undefined): readonly (readonly [Choice, ItemResult])[] {
  const known = code === undefined ? undefined : ERROR_CODES[code];
  if (known === undefined) return [];
  const { candidates } = choice;
  const licenseId = candidates.length === 1 ? candidates[0]?.id : undefined;
  const { condition, advice } = known;
  return [
    [choice, { result: 'failed', condition, detail: advice, ...(licenseId !== undefined && { licenseId }) }],
  ];
}
