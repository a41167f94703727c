import type { RequestRecord } from '../record/record.ts';
import { isOpen } from '../record/states.ts';
import type { UndoInput } from './undo.ts';

/** Whether a request is one of those that are undone. */
export function isInScope(
  { request, origin, requestId, state, acceptedAt, updatedAt }: RequestRecord,
  { scope, since, before }: Pick<UndoInput, 'scope' | 'since' | 'before'>,
): boolean {
  if (request === undefined || request.dryRun || acceptedAt >= before) return false;
  if (since !== undefined && (isOpen(state) ? acceptedAt : updatedAt) < since) return false;
  if (scope.requestId !== undefined) return requestId === scope.requestId;
  if (scope.batch !== undefined) return request.batch === scope.batch;
  if (scope.policyVersion !== undefined) return origin?.policyVersion === scope.policyVersion;
  return scope.source !== undefined && request.source === scope.source;
}

/** The scope in words, such as `batch spring-clean`. */
export function toScopeText({ source, policyVersion, batch, requestId }: UndoInput['scope']): string {
  if (requestId !== undefined) return `request ${requestId}`;
  if (batch !== undefined) return `batch ${batch}`;
  return policyVersion === undefined ? `source ${source}` : `policy ${policyVersion}`;
}
