import { findLicense } from '../../webex/catalogue.ts';
import { createNameLicense } from '../../webex/license-names.ts';
import type { StoredRequest } from '../record/record.ts';
import type { Decided } from './decide-undo.ts';
import { toMentions } from './mentions.ts';
import { LEFT_REASONS, OPEN_REASONS, type OpenReason, type UndoLine } from './undo.ts';
import type { UndoLicenses } from './undo-licenses.ts';

/** What became of one change of an undone request. @param catalogue where several licenses have a name, it says which */
export function toLine(record: StoredRequest, decided: Decided, catalogue: UndoLicenses): UndoLine {
  const { mention, license, outcome, by } = decided;
  const { licenseId, siteUrl, operation } = mention;
  return {
    ...{ requestId: record.requestId, person: toPerson(record), outcome, undone: operation },
    ...(licenseId !== undefined && { license: toNamed(license?.id ?? licenseId, catalogue) }),
    ...(siteUrl !== undefined && { siteUrl }),
    ...(decided.outcome === 'left' && { reason: decided.reason, detail: LEFT_REASONS[decided.reason] }),
    ...(decided.outcome === 'left' &&
      decided.reason === 'undo-failed' && { command: `seatline redrive ${by}` }),
    ...(by !== undefined && { by }),
  };
}

/** A license by its name, also after the catalogue has lost it. */
function toNamed(id: string, { licenses, lost }: UndoLicenses) {
  if (findLicense(id, licenses)) return createNameLicense(licenses)(id);
  const { name = id } = findLicense(id, lost) ?? {};
  return { id, name };
}

/** What became of an undone request that was open. */
export function toOpenLine(
  record: StoredRequest,
  outcome: 'cancelled' | 'open',
  reason?: OpenReason,
): UndoLine {
  return {
    ...{ requestId: record.requestId, person: toPerson(record), outcome },
    ...(reason && { reason, detail: OPEN_REASONS[reason], command: toCommand(record, reason) }),
  };
}

function toCommand({ requestId, request, origin }: StoredRequest, reason: OpenReason): string {
  if (reason === 'being-performed') return `seatline status ${requestId} --wait`;
  const isOfPolicy = origin?.hrEvent === undefined && origin?.policyVersion !== undefined;
  return isOfPolicy
    ? 'seatline policy stop --reason …'
    : `seatline pause --source ${request?.source ?? '…'} --reason …`;
}

/** Of a person with more requests than are searched: each change is left. */
export const toUnsearchedLines = (record: StoredRequest, catalogue: UndoLicenses): readonly UndoLine[] =>
  toMentions(record, catalogue)
    .filter(({ end }) => end !== 'none')
    .map((mention) => toLine(record, { mention, outcome: 'left', reason: 'too-many-requests' }, catalogue));

function toPerson({ request, personId }: StoredRequest): UndoLine['person'] {
  const { email, personId: named } = request?.person ?? {};
  const id = personId ?? named;
  return { ...(email !== undefined && { email }), ...(id !== undefined && { personId: id }) };
}
