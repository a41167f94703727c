import type { Change } from './change.ts';
import type { OperatorAct } from './operator-act.ts';

/** A line of the trail: a change at Webex, or an act of an operator on a guardrail or a policy. */
export type AuditEntry = Change | OperatorAct;
