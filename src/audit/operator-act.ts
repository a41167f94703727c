import type { Caller } from '../http/caller.ts';

/** What an operator did to a guardrail or a policy: a line of the trail beside those of changes. */
export interface OperatorAct {
  readonly act: 'approve' | 'reject' | 'pause' | 'resume' | 'stop-policy' | 'continue-policy';
  readonly by: Caller;
  readonly reason: string;
  /** Of an approval or a rejection: the cause, and how many requests waited under it then. */
  readonly cause?: string;
  readonly requests?: number;
  /** Of an approval or a rejection of one request. */
  readonly requestId?: string;
  /** Of a pause: only removals, or only what a source asks for. */
  readonly removals?: true;
  readonly source?: string;
  /** Of a policy whose re-evaluation was stopped or continued. */
  readonly policyVersion?: string;
  readonly instance: string;
}
