import { addDaysMs } from '../platform/days.ts';
import { type Desired, type Ended, findLeaverRule, type Give, meet } from '../policy/desired.ts';
import { isPersonalCalling, type License } from '../webex/license.ts';
import type { DirectRequest } from './overrides.ts';
import type { Grant } from './person.ts';

/** All that decides about a person. */
export interface Situation {
  readonly nowMs: number;
  readonly desired: Desired;
  readonly ended: Ended | undefined;
  readonly grants: readonly Grant[];
  /** What Webex said; undefined where nobody knows it. */
  readonly held: ReadonlySet<string> | undefined;
  readonly catalogue: readonly License[];
  readonly overrideOf: (licenseId: string) => DirectRequest | undefined;
  /** Items such as `add <id>` that failed for good under this policy, and why. */
  readonly failed: ReadonlyMap<string, string>;
  /** Whether a mover may lose a Calling license. */
  readonly movesCalling: boolean;
}

/** What becomes of one license, and why. */
export interface Decision {
  readonly id: string;
  readonly action: 'add' | 'remove' | 'keep' | 'none';
  readonly why: string;
}

export interface Reconciled {
  readonly adds: readonly { readonly give: Give; readonly id: string }[];
  readonly removes: readonly string[];
  /** Of each license that the policy gives, that is granted, or held. */
  readonly decisions: readonly Decision[];
  /** License ids that the policy wishes to give. */
  readonly desired: readonly string[];
  readonly grants: readonly Grant[];
  /** A leaver rule looks at what is held, and nobody knows it. */
  readonly needsHeld: boolean;
}

/** Decides what to ask for: pure, and the same each time from the same state. */
export function reconcile(situation: Situation): Reconciled {
  const { desired, ended, held, grants } = situation;
  const isGiven = (id: string) => desired.gives.some(({ candidates }) => candidates.includes(id));
  const granted = new Map(
    grants.map(({ id, by }) => [id, isGiven(id) && desired.exclusion === undefined ? 'rule' : by] as const),
  );
  const prefer = (candidates: readonly string[]) => candidates.find((id) => held?.has(id)) ?? candidates[0];
  const met = [...meet(desired.gives, new Set(granted.keys()), prefer)];
  const given = met.flatMap(([give, ids]) =>
    ids.map((id) => ({ give, ...decideGiven(situation, give, id, granted) })),
  );
  const others = new Set([...granted.keys(), ...(held ?? [])]);
  for (const { id } of given) others.delete(id);
  const rest = [...others].map((id) => decideOther(situation, id, granted.get(id), given));
  const decisions = [
    ...new Map([...given, ...rest].map(({ id, action, why }) => [id, { id, action, why }])).values(),
  ];
  const byHeld = desired.leaverRules.some(({ rule }) => rule.reclaim !== 'granted');
  return {
    adds: [...new Map(given.filter(({ action }) => action === 'add').map((add) => [add.id, add])).values()],
    removes: decisions.flatMap(({ id, action }) => (action === 'remove' ? [id] : [])),
    decisions,
    desired: desired.exclusion === undefined ? [...new Set(given.map(({ id }) => id))] : [],
    grants: [...granted].map(([id, by]) => ({ id, by })),
    needsHeld: ended !== undefined && held === undefined && byHeld,
  };
}

const toOverridden = ({ id }: DirectRequest) => `overridden by ${id}`;

/** A license that a rule gives. */
function decideGiven(
  { desired, held, overrideOf, failed }: Situation,
  { candidates, rules }: Give,
  id: string,
  granted: ReadonlyMap<string, unknown>,
): Decision {
  const why = rules.map((rule) => `rule ${rule}`).join(', ');
  const against = candidates.map(overrideOf).find((override) => override?.operation === 'remove');
  const reason = failed.get(`add ${id}`);
  if (against)
    return {
      id,
      action: granted.has(against.licenseId) ? 'remove' : 'none',
      why: `${why}, but ${toOverridden(against)}`,
    };
  if (granted.has(id)) return { id, action: 'none', why: held && !held.has(id) ? `${why}: missing` : why };
  if (desired.exclusion !== undefined) return { id, action: 'none', why: `${why}, but ${desired.exclusion}` };
  if (reason !== undefined) return { id, action: 'none', why: `${why}, but failed: ${reason}` };
  return { id, action: 'add', why };
}

/** A license that no rule gives. */
function decideOther(
  situation: Situation,
  id: string,
  by: Grant['by'] | undefined,
  given: readonly Decision[],
): Decision {
  const { desired, ended, catalogue, overrideOf, failed, held, movesCalling, nowMs } = situation;
  const keep = (why: string): Decision => ({ id, action: 'keep', why });
  const remove = (why: string): Decision => {
    const reason = failed.get(`remove ${id}`);
    return reason === undefined ? { id, action: 'remove', why } : keep(`${why}, but failed: ${reason}`);
  };
  const license = catalogue.find((one) => one.id === id);
  const isCalling = license !== undefined && isPersonalCalling(license);
  const override = overrideOf(id);
  if (by && !license && !id.startsWith('site:')) return keep('no longer in the catalogue');
  if (override?.operation === 'remove')
    return by ? remove(toOverridden(override)) : keep(toOverridden(override));
  if (ended) {
    const rule = findLeaverRule(desired, id, {
      isGranted: by !== undefined,
      isHeld: held?.has(id) ?? false,
      isCalling,
    });
    if (override) return keep(toOverridden(override));
    if (!rule) return keep(by ? 'no leaver rule takes it' : 'by hand');
    const dueMs = addDaysMs(ended.endMs, rule.afterDays, ended.zone);
    const why = `leaver rule ${rule.name}`;
    return dueMs <= nowMs ? remove(why) : keep(`until ${new Date(dueMs).toISOString()}, ${why}`);
  }
  if (override) return keep(toOverridden(override));
  if (by === undefined)
    return { id, action: 'none', why: desired.managed.has(id) ? 'by hand' : 'not managed' };
  if (by === 'adoption') return keep('adopted');
  const mayGive = desired.mayGive.get(id);
  if (mayGive !== undefined) return keep(`rule ${mayGive} is undecided: HR never told what it looks at`);
  if (desired.unknown.length > 0)
    return keep(
      `unknown name: ${desired.unknown.map(({ rule, reference }) => `${reference} of rule ${rule}`).join(', ')}`,
    );
  if (isCalling && !movesCalling) return keep('movers.calling is not set');
  const isLine = ({ id: other }: Decision) =>
    failed.has(`add ${other}`) && catalogue.some((row) => row.id === other && isPersonalCalling(row));
  if (isCalling && given.some(isLine)) return keep('the line that takes its place failed');
  return remove('no rule gives it');
}
