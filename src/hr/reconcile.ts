import { addDaysMs } from '../platform/days.ts';
import {
  type Desired,
  type Ended,
  findLeaverRule,
  type Give,
  type Licenses,
  meet,
} from '../policy/desired.ts';
import { findLicense } from '../webex/catalogue.ts';
import type { License } from '../webex/license.ts';
import type { DirectRequest, Grant } from './person.ts';

/** All that decides about a person. */
export interface Situation {
  readonly nowMs: number;
  readonly desired: Desired;
  readonly ended: Ended | undefined;
  readonly grants: readonly Grant[];
  readonly held: Licenses['held'];
  readonly catalogue: readonly License[];
  /** The direct request about a license that stands. */
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
  // A license that meets several references is asked for by the one that can mean the fewest.
  const gives = new Map<string, Give>();
  for (const [give, ids] of meet(desired.gives, new Set(granted.keys()), prefer))
    for (const id of ids) {
      const first = gives.get(id) ?? { ...give, rules: [] };
      gives.set(id, { ...first, rules: [...new Set([...first.rules, ...give.rules])] });
    }
  const given = [...gives].map(([id, give]) => decideGiven(situation, give, id, granted.has(id)));
  const decisions = new Map(given.map((one) => [one.id, one]));
  const others = new Set([...granted.keys(), ...(held ?? [])].filter((id) => !decisions.has(id)));
  for (const id of others) decisions.set(id, decideOther(situation, id, granted, given));
  return {
    adds: [...gives].flatMap(([id, give]) => (decisions.get(id)?.action === 'add' ? [{ id, give }] : [])),
    removes: [...decisions.values()].flatMap(({ id, action }) => (action === 'remove' ? [id] : [])),
    decisions: [...decisions.values()],
    desired: desired.exclusion === undefined ? [...gives.keys()] : [],
    grants: [...granted].map(([id, by]) => ({ id, by })),
    needsHeld:
      ended !== undefined && !held && desired.leaverRules.some(({ rule }) => rule.reclaim !== 'granted'),
  };
}

const toOverridden = ({ requestId }: DirectRequest) => `overridden by ${requestId}`;

/** A license that a rule gives. */
function decideGiven(
  { desired, held, overrideOf, failed }: Situation,
  { candidates, rules }: Give,
  id: string,
  isGranted: boolean,
): Decision {
  const why = rules.map((rule) => `rule ${rule}`).join(', ');
  const removed = [id, ...candidates].map(overrideOf).find((one) => one?.operation === 'remove');
  const reason = failed.get(`add ${id}`);
  if (isGranted && removed?.licenseId === id)
    return { id, action: 'remove', why: `${why}, but ${toOverridden(removed)}` };
  if (isGranted) return { id, action: 'none', why: held && !held.has(id) ? `${why}: missing` : why };
  const but = removed ? toOverridden(removed) : (desired.exclusion ?? (reason && `failed: ${reason}`));
  return but === undefined ? { id, action: 'add', why } : { id, action: 'none', why: `${why}, but ${but}` };
}

/** A license that no rule gives: the first reason to keep it counts. */
function decideOther(
  { desired, ended, catalogue, overrideOf, failed, held, movesCalling, nowMs }: Situation,
  id: string,
  granted: ReadonlyMap<string, Grant['by']>,
  given: readonly Decision[],
): Decision {
  const by = granted.get(id);
  const override = overrideOf(id);
  const isGone = by && !id.startsWith('site:') && !findLicense(id, catalogue);
  const reason = failed.get(`remove ${id}`);
  const decide = (why: string, ...reasons: readonly (string | false | undefined)[]): Decision => {
    const all = [isGone && 'no longer in the catalogue', override && toOverridden(override), ...reasons];
    const keep = [...all, reason && `${why}, but failed: ${reason}`].find(Boolean);
    return keep ? { id, action: 'keep', why: keep } : { id, action: 'remove', why };
  };
  if (ended) {
    const rule = findLeaverRule(desired, id, { granted: new Set(granted.keys()), held });
    if (!rule) return decide('', by ? 'no leaver rule takes it' : 'by hand');
    const dueMs = addDaysMs(ended.endMs, rule.afterDays, ended.zone);
    const why = `leaver rule ${rule.name}`;
    return decide(why, dueMs > nowMs && `until ${new Date(dueMs).toISOString()}, ${why}`);
  }
  if (!by && !override)
    return { id, action: 'none', why: desired.managed.has(id) ? 'by hand' : 'not managed' };
  const couldGive = desired.mayGive.get(id);
  const unknown = desired.unknown.map(({ rule, reference }) => `${reference} of rule ${rule}`).join(', ');
  const isLostLine = (one: Decision) => failed.has(`add ${one.id}`) && desired.isCalling(one.id);
  return decide(
    'no rule gives it',
    by === 'adoption' && 'adopted',
    couldGive !== undefined &&
      `rule ${couldGive} is undecided: ${desired.undecided.get(couldGive)?.join('; ')}`,
    unknown && `unknown name: ${unknown}`,
    desired.isCalling(id) && !movesCalling && 'movers.calling is not set',
    desired.isCalling(id) && given.some(isLostLine) && 'the line that takes its place failed',
  );
}
