import type { FieldProblem } from '../platform/json.ts';
import type { Log } from '../platform/log.ts';
import type { LicenseRequest } from './license-request.ts';

/** A request with the JSON pointer of its place in a body. */
export interface PlacedRequest {
  readonly place: string;
  readonly request: LicenseRequest;
}

/** Licenses and locations that requests name, and the organization does not have. */
export interface NameFindings {
  readonly unknown: readonly (FieldProblem & Pick<PlacedRequest, 'request'>)[];
  /** What may be there all the same: the request is taken. */
  readonly warnings: readonly FieldProblem[];
}

/** Compares names with what is known of the organization, in a bounded time; where nothing is known, it finds nothing. */
export type CheckNames = (requests: readonly PlacedRequest[], log: Log) => Promise<NameFindings>;
