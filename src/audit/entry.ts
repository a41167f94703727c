import type { Change } from './change.ts';
import type { OperatorAct } from './operator-act.ts';

/** What a line of the trail says: a change at Webex, or what an operator did to a guardrail. */
export type AuditEntry = Change | OperatorAct;
