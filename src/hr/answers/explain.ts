import { foldWords } from '../../platform/words.ts';
import type { AttributeValue } from '../../policy/attribute-value.ts';
import type { License } from '../../webex/license.ts';
import { createNameLicense, type NamedLicense } from '../../webex/license-names.ts';
import { attributesOn, type EmployeeHistory, type EmployeeState, stateOn } from '../employee-on.ts';
import type { Fact } from '../fact.ts';
import { toEventKey } from '../keep-events.ts';
import type { Look } from '../look.ts';
import type { Grant, Person, PersonEmployee, Repair } from '../person.ts';
import type { PersonState } from '../person-on.ts';
import type { Decision } from '../reconcile.ts';

/** What HR said, and what became of it. */
export interface ExplainedFact extends Pick<Fact, 'kind' | 'effective' | 'employment' | 'attributes'> {
  readonly eventId: string;
  /** For `GET /api/hr-events/{eventKey}`, as long as the event is kept. */
  readonly eventKey: string;
  readonly saidAt: Date;
  /** Such as `counts`, `moved by <eventId>` or `no effect: <why>`. */
  readonly outcome: string;
}

export interface ExplainedEmployee {
  readonly source: string;
  readonly employeeId: string;
  /** The address that HR named last. */
  readonly email?: string;
  readonly state: EmployeeState;
  /** First days and ends; absent where HR told none. */
  readonly employments: readonly {
    readonly from?: Date;
    readonly until?: Date;
    readonly timeZone: string;
    /** The ids of the events that count for each. */
    readonly fromBy?: string;
    readonly untilBy?: string;
  }[];
  /** As the rules see them: now, or on the first day of an employee who is to come. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly isDeletedInHr: boolean;
  /** In the order in which HR said them. */
  readonly facts: readonly ExplainedFact[];
}

/** One license: what is to be done with it, and why. */
export interface ExplainedDecision extends NamedLicense, Pick<Decision, 'action' | 'why'> {
  readonly isDesired: boolean;
  /** Absent where Seatline gave nothing. */
  readonly granted?: Grant['by'];
}

export interface ExplainedOverride extends NamedLicense {
  readonly requestId: string;
  readonly operation: 'add' | 'remove';
  readonly at: Date;
  readonly until?: Date;
}

/** Why a person has what they have. */
export interface Explanation {
  readonly state: PersonState;
  readonly employees: readonly ExplainedEmployee[];
  readonly decisions: readonly ExplainedDecision[];
  readonly overrides: readonly ExplainedOverride[];
  /** What stands against a decision: an exclusion, unknown names, an address of another person. */
  readonly problems: readonly string[];
  /** When something changes next by itself. */
  readonly nextChangeAt?: Date;
}

interface Context {
  readonly nowMs: number;
  readonly catalogue: readonly License[];
}

/**
 * Explains a person by the very look that decides about them: pure.
 * @param heldIds what Webex is known to say that the person holds, for what nothing is decided about
 */
export function explainPerson(
  person: Person,
  look: Look,
  { nowMs, catalogue }: Context,
  heldIds: readonly string[] = [],
): Explanation {
  const { state, histories, reconciled, overrides, nextMs } = look;
  const nameLicense = createNameLicense(catalogue);
  const desired = new Set(reconciled.desired);
  const granted = new Map(person.grants.map(({ id, by }) => [id, by]));
  const explainDecision = ({ id, action, why }: Decision): ExplainedDecision => {
    const by = granted.get(id);
    const repaired = (person.repairs ?? []).flatMap((one) =>
      one.item.endsWith(` ${id}`) ? toRepairWords(one) : [],
    );
    return {
      ...nameLicense(id),
      action,
      why: [why, ...repaired].join('; '),
      isDesired: desired.has(id),
      ...(by && { granted: by }),
    };
  };
  const shown = new Set(reconciled.decisions.map(({ id }) => id));
  // Webex is not asked what an employed person holds.
  const overridden = overrides.flatMap(({ requestId, licenseId: id }): Decision[] =>
    shown.has(id) ? [] : [{ id, action: 'none', why: `overridden by ${requestId}` }],
  );
  for (const { id } of overridden) shown.add(id);
  const leftAlone = heldIds.flatMap((id): Decision[] => {
    const why = look.desired.managed.has(id) ? 'by hand' : 'not managed';
    return shown.has(id) ? [] : [{ id, action: 'none', why }];
  });
  return {
    state,
    employees: explainEmployees(person, histories, nowMs),
    decisions: [...reconciled.decisions, ...overridden, ...leftAlone].map(explainDecision),
    overrides: overrides.map(({ requestId, licenseId, operation, at, until }) => ({
      ...{ requestId, operation, ...nameLicense(licenseId), at },
      ...(until && { until }),
    })),
    problems: toProblems(person, look),
    ...(nextMs !== undefined && { nextChangeAt: new Date(nextMs) }),
  };
}

const toRepairWords = ({ item, at, state }: Repair): string => {
  const day = at.toISOString().slice(0, 'yyyy-mm-dd'.length);
  const isAdd = item.startsWith('add ');
  if (state === 'open') return `drift repair ${isAdd ? 'gives it back' : 'takes it'}`;
  const done = isAdd ? 'given back once by drift repair' : 'taken once by drift repair';
  return state === 'done' ? `${done}, on ${day}` : `drift repair failed, on ${day}`;
};

function toProblems({ astray }: Person, { desired, reconciled }: Look): readonly string[] {
  return [
    ...(astray === undefined
      ? []
      : [
          `the address ${astray} leads to another person at Webex: nothing is asked until HR names another address, or the person who has this one`,
        ]),
    ...(desired.exclusion === undefined ? [] : [desired.exclusion]),
    ...desired.unknown.map(
      ({ rule, reference }) => `rule ${rule} names ${reference}, which is not in the catalogue`,
    ),
    ...(reconciled.needsHeld
      ? ['a leaver rule looks at what is held, and Webex has not been asked yet']
      : []),
  ];
}

/** The employees of a person; the histories are in their order. */
export const explainEmployees = (
  { employees }: Person,
  histories: readonly EmployeeHistory[],
  nowMs: number,
): readonly ExplainedEmployee[] =>
  employees.flatMap((employee, index) => {
    const history = histories[index];
    return history ? [explainEmployee(employee, history, nowMs)] : [];
  });

function explainEmployee(
  { source, employeeId }: PersonEmployee,
  history: EmployeeHistory,
  nowMs: number,
): ExplainedEmployee {
  const { facts, timeline } = history;
  const email = facts.findLast((fact) => fact.email !== undefined)?.email;
  return {
    ...{ source, employeeId, ...(email !== undefined && { email }) },
    state: stateOn(history, nowMs),
    employments: timeline.employments.map(({ startMs, endMs, zone, startBy, endBy }) => {
      const [fromBy, untilBy] = [startBy.at(-1)?.id, endBy.at(-1)?.id];
      return {
        ...(Number.isFinite(startMs) && { from: new Date(startMs) }),
        ...(Number.isFinite(endMs) && { until: new Date(endMs) }),
        timeZone: zone,
        ...(fromBy !== undefined && { fromBy }),
        ...(untilBy !== undefined && { untilBy }),
      };
    }),
    attributes: readAttributes(history, nowMs),
    isDeletedInHr: facts.some(({ kind }) => kind === 'deleted'),
    facts: facts.map((fact) => explainFact(source, fact, timeline.outcomes.get(fact.id) ?? 'counts')),
  };
}

function explainFact(source: string, fact: Fact, outcome: string): ExplainedFact {
  const { id: eventId, kind, said: saidAt, effective, employment, attributes } = fact;
  return {
    ...{ eventId, eventKey: toEventKey({ source, eventId }), kind, saidAt },
    ...(effective !== undefined && { effective }),
    ...(employment && { employment }),
    ...{ attributes, outcome },
  };
}

/** The attributes by the names that HR wrote last. */
function readAttributes(history: EmployeeHistory, nowMs: number): ExplainedEmployee['attributes'] {
  const next = history.timeline.employments.find(({ startMs }) => startMs > nowMs);
  const isToCome = stateOn(history, nowMs) === 'to-come' && next !== undefined;
  const { values } = attributesOn(history, isToCome ? next.startMs : nowMs);
  const names = new Map(
    history.facts.flatMap(({ attributes }) =>
      Object.keys(attributes).map((name) => [foldWords(name), name] as const),
    ),
  );
  return Object.fromEntries([...values].map(([folded, value]) => [names.get(folded) ?? folded, value]));
}
