import { toShownProperties } from '../policy/calling-place.ts';
import { applyRule } from '../policy/desired.ts';
import { toNamedLicenses } from '../policy/named-licenses.ts';
import type { Policy } from '../policy/policy.ts';
import type { License } from '../webex/license.ts';
import type { HrEvent } from './hr-event.ts';
import { keepFact } from './keep-fact.ts';
import { type Look, lookAt } from './look.ts';
import { newPerson, type Person } from './person.ts';
import { personOn } from './person-on.ts';
import type { LookContext } from './situation.ts';
import { toFact } from './to-fact.ts';
import { toName } from './try-person.ts';

/** What comes of one event of several: rule by rule, what it changes at once, and what follows by itself. */
export interface Tried {
  readonly said: string;
  readonly lines: readonly string[];
}

/** A policy that names days far apart is not followed any further. */
const MAX_DAYS_SHOWN = 20;

/** Tries a policy with events of one person, one after the other: nothing is sent, and each change is taken for done. */
export function tryEvents(
  policy: Policy,
  events: readonly HrEvent[],
  timeZone: string,
  nowMs: number,
): readonly Tried[] {
  const context = {
    ...{ policy, policyVersion: 'test', policyOf: () => policy },
    ...{ catalogue: toNamedLicenses(policy), zoneOf: () => timeZone },
  };
  let person = newPerson('test', new Date(nowMs));
  return events.map((event, index) => {
    const atMs = nowMs + index;
    const fact = toFact(event, new Date(atMs));
    if (fact) person = keepFact(person, { source: 'test', employeeId: 'test' }, fact, {}, timeZone);
    const look = lookAt(person, { ...context, nowMs: atMs });
    const [atOnce, after] = change(person, look, 'at once', context.catalogue);
    const outcome = look.histories[0]?.timeline.outcomes.get(event.eventId) ?? 'counts';
    const later = follow(after, { ...context, nowMs: atMs }, look.nextMs);
    person = after;
    const isNothing = atOnce.length + later.length === 0;
    const why =
      look.desired.exclusion ?? (outcome === 'counts' && isNothing ? 'there is nothing to change' : outcome);
    return {
      said: event.type,
      lines: [...trace(look, policy, atMs), why, ...atOnce, ...toKept(look, context.catalogue), ...later],
    };
  });
}

function trace({ histories }: Look, { rules, joiners }: Policy, atMs: number): readonly string[] {
  const next = histories[0]?.timeline.employments.find(({ startMs }) => startMs > atMs)?.startMs;
  const { active } = personOn(histories, next ?? atMs, joiners.beforeDays);
  return rules.map((rule) => {
    const { fitting, undecided } = applyRule(rule, active);
    if (fitting) return `fits      ${rule.name}`;
    return undecided ? `undecided ${rule.name}: ${undecided.join('; ')}` : `does not  ${rule.name}`;
  });
}

function toKept({ reconciled }: Look, catalogue: readonly License[]): readonly string[] {
  const kept = reconciled.decisions.filter(({ action }) => action === 'keep');
  return kept.length === 0
    ? []
    : ['  kept', ...kept.map(({ id, why }) => `    = ${toName(id, catalogue)}: ${why}`)];
}

/** What a look changes, and the person with that done. */
function change(
  person: Person,
  { reconciled }: Look,
  when: string,
  catalogue: readonly License[],
): readonly [readonly string[], Person] {
  const { adds, removes, grants, decisions } = reconciled;
  const toWhy = (id: string) => decisions.find((one) => one.id === id)?.why ?? '';
  if (adds.length + removes.length === 0) return [[], person];
  const lines = [
    ...adds.map(
      ({ id, give: { properties } }) =>
        `    + ${toName(id, catalogue)}: ${toWhy(id)}${properties ? ` ${JSON.stringify(toShownProperties(properties))}` : ''}`,
    ),
    ...removes.map((id) => `    - ${toName(id, catalogue)}: ${toWhy(id)}`),
  ];
  const kept = grants.filter(({ id }) => !removes.includes(id));
  return [
    [`  ${when}`, ...lines],
    { ...person, grants: [...kept, ...adds.map(({ id }) => ({ id, by: 'rule' as const }))] },
  ];
}

/** What follows on days to come, if nothing else is said. */
function follow(before: Person, context: LookContext, firstMs: number | undefined): readonly string[] {
  const lines: string[] = [];
  let person = before;
  let nextMs = firstMs;
  for (let day = 0; nextMs !== undefined && day < MAX_DAYS_SHOWN; day += 1) {
    const look = lookAt(person, { ...context, nowMs: nextMs });
    const [changed, after] = change(person, look, `at ${new Date(nextMs).toISOString()}`, context.catalogue);
    lines.push(...changed);
    person = after;
    nextMs = look.nextMs;
  }
  return lines;
}
