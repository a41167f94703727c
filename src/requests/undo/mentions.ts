import { findLicense } from '../../webex/catalogue.ts';
import { isPersonalCalling } from '../../webex/license.ts';
import { toComparableId } from '../../webex/license-id.ts';
import type { Operation } from '../license-request.ts';
import { type ItemResult, toRemovedLicenses } from '../record/item-result.ts';
import { type Item, toItems } from '../record/items.ts';
import type { RequestRecord } from '../record/record.ts';
import { isOpen } from '../record/states.ts';
import { followId, toMeantIds, type UndoLicenses } from './undo-licenses.ts';

/** What a request says of one license or site, and what came of it. */
export interface Mention {
  /** The same for each spelling of a license or site, and for a renewed license as for the one before. */
  readonly key: string;
  /** Of a renewed license, the id that it has now. */
  readonly licenseId?: string;
  readonly siteUrl?: string;
  readonly operation: Operation;
  /**
   * - `changed`: it was otherwise before, since Webex was asked first
   * - `done`: it is as asked; how it was before is not known
   * - `unchanged`: it was as asked before
   * - `uncertain`: it was perhaps sent and not answered
   * - `none`: nothing was changed
   */
  readonly end: 'changed' | 'done' | 'unchanged' | 'uncertain' | 'none';
}

/** What a request says of each license and site. A name that was not resolved yet says it of all licenses that it can mean. */
export function toMentions(record: RequestRecord, catalogue: UndoLicenses): readonly Mention[] {
  const { request, results } = record;
  if (request === undefined || request.dryRun) return [];
  const mentions = toItems(request).flatMap((item) =>
    toItemMentions(item, results[item.index] ?? { result: 'wanted' }, record, catalogue),
  );
  // Two items may mean one license: what was done counts.
  const byKey = new Map<string, Mention>();
  for (const mention of mentions)
    if (mention.end !== 'none' || !byKey.has(mention.key)) byKey.set(mention.key, mention);
  return [...byKey.values()];
}

function toItemMentions(
  item: Item,
  result: ItemResult,
  record: RequestRecord,
  catalogue: UndoLicenses,
): readonly Mention[] {
  const { operation } = item;
  const end = toEnd(result, record);
  if (item.kind === 'site') return [{ ...toSite(item.siteUrl), operation, end }];
  const named = toMeantIds(item.reference, catalogue);
  const follow = (id: string) => followId(id, catalogue);
  const removed = operation === 'remove' ? toRemovedLicenses(result).map(follow) : [];
  const own = result.licenseId === undefined ? [] : [follow(result.licenseId)];
  // A removal by name that removed some of its licenses found that the person did not have the others.
  const ended = removed.length > 0 ? removed : own.length > 0 ? own : end === 'none' ? [] : named;
  const rest = operation === 'remove' || ended.length === 0 ? named : [];
  const isEnded = new Set(ended.map(toComparableId));
  const toMention = (licenseId: string, how: Mention['end']): Mention => ({
    ...{ key: toLicenseKey(licenseId), licenseId, operation, end: how },
  });
  const endOf = (licenseId: string): Mention['end'] => {
    if (removed.length > 0 && end === 'none') return 'done';
    const license = findLicense(licenseId, catalogue.licenses);
    return end === 'done' && result.changed !== false && license && isPersonalCalling(license)
      ? 'changed'
      : end;
  };
  return [
    ...ended.map((id) => toMention(id, endOf(id))),
    ...rest.filter((id) => !isEnded.has(toComparableId(id))).map((id) => toMention(id, 'none')),
  ];
}

function toEnd({ result, changed }: ItemResult, record: RequestRecord): Mention['end'] {
  const isDone = result === 'assigned' || result === 'removed' || result === 'pending';
  if (isDone && changed === false) return wasRepeated(record) ? 'done' : 'unchanged';
  if (isDone) return changed ? 'changed' : 'done';
  const isSent = record.mayHaveApplied || (isOpen(record.state) && record.state === 'working');
  return isSent && result !== 'planned' ? 'uncertain' : 'none';
}

/** An attempt before may have made the change that a later one found. */
const wasRepeated = ({ history, attempts }: RequestRecord): boolean =>
  attempts > 1 ||
  history.filter(({ state }) => state === 'working').length > 1 ||
  history.some(({ count = 1 }) => count > 1);

export const toLicenseKey = (licenseId: string): string => `license ${toComparableId(licenseId)}`;
export const toSite = (siteUrl: string) => ({ key: `site ${siteUrl.toLowerCase()}`, siteUrl });
