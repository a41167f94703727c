import type { Caller } from '../http/caller.ts';
import type { NamedLicense } from './change.ts';

/** What an operator did to a guardrail, a policy or what is known of a person: a line beside those of changes. */
export interface OperatorAct {
  readonly act:
    | 'approve'
    | 'reject'
    | 'pause'
    | 'resume'
    | 'stop-policy'
    | 'continue-policy'
    | 'clear-overrides'
    | 'forget-employee'
    | 'undo'
    | 'adopt'
    | 'reclaim';
  readonly by: Caller;
  readonly reason: string;
  /** Of an approval or a rejection: the cause, and how many requests waited under it then. */
  readonly cause?: string;
  readonly requests?: number;
  /** Of an approval or a rejection of one request. */
  readonly requestId?: string;
  /** Of a pause: only removals, or only what a source asks for. Of a forgotten employee: their source. */
  readonly removals?: true;
  readonly source?: string;
  /** Of a policy whose re-evaluation was stopped or continued, or by which licenses are adopted or reclaimed. */
  readonly policyVersion?: string;
  /** Of overrides that were cleared, and of licenses that were reclaimed: whose, and which. */
  readonly person?: { readonly email?: string; readonly personId?: string };
  readonly licenses?: readonly NamedLicense[];
  /** Of a forgotten employee: nothing but the key. */
  readonly employeeId?: string;
  /** Of an undo: its id, and the batch that it undoes where it is one. A source, policy or request is named above. */
  readonly undoId?: string;
  readonly batch?: string;
  readonly instance: string;
}
