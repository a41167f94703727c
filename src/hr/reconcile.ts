import { addDaysMs } from '../platform/days.ts';
import { type Ended, findLeaverRule, type Give, meet } from '../policy/desired.ts';
import { findLicense } from '../webex/catalogue.ts';
import type { DirectRequest, Grant } from './person.ts';
import type { Situation } from './situation.ts';

/** What becomes of one license, and why. */
export interface Decision {
  readonly id: string;
  readonly action: 'add' | 'remove' | 'keep' | 'none';
  readonly why: string;
}

export type Reconciled = ReturnType<typeof reconcile>;

/** Decides what to ask for: pure, and the same each time from the same state. */
export function reconcile(situation: Situation) {
  const { desired, granted, held } = situation;
  const gives = meet(desired.gives, granted);
  const given = [...gives].map(([id, give]) => ({ ...decideGiven(situation, id, give), give }));
  const others = [...new Set([...granted.keys(), ...(held ?? [])])].filter((id) => !gives.has(id));
  const decideOther = (id: string) =>
    desired.ended ? decideOfLeaver(situation, id, desired.ended) : decideOfMover(situation, id, given);
  const decisions = [...given.map(({ give: _give, ...one }) => one), ...others.map(decideOther)];
  return {
    adds: given.filter(({ action }) => action === 'add').map(({ id, give }) => ({ id, give })),
    removes: decisions.filter(({ action }) => action === 'remove').map(({ id }) => id),
    /** Of each license that the policy gives, that is granted, or held by somebody who left. */
    decisions,
    /** License ids that the policy wishes to give. */
    desired: desired.exclusion === undefined ? [...gives.keys()] : [],
    grants: [...granted].map(([id, by]): Grant => ({ id, by })),
    /** A leaver rule looks at what is held, and nobody knows it. */
    needsHeld: !held && desired.leaverRules.some(({ rule }) => rule.reclaim !== 'granted'),
  };
}

const findOverride = ({ overrides }: Situation, ids: readonly string[]) =>
  ids.flatMap((id) => overrides.find(({ licenseId }) => licenseId === id) ?? [])[0];
const toOverridden = ({ requestId }: DirectRequest) => `overridden by ${requestId}`;

/** A license that a rule gives. */
function decideGiven(situation: Situation, id: string, { candidates, rules }: Give): Decision {
  const { desired, granted, failed } = situation;
  const why = rules.map((rule) => `rule ${rule}`).join(', ');
  const override = findOverride(situation, [id, ...candidates]);
  if (granted.has(id) && override?.licenseId === id)
    return { id, action: 'remove', why: `${why}, but ${toOverridden(override)}` };
  if (granted.has(id)) return { id, action: 'none', why };
  const reason = failed.get(`add ${id}`);
  const but = override ? toOverridden(override) : (desired.exclusion ?? (reason && `failed: ${reason}`));
  return but === undefined ? { id, action: 'add', why } : { id, action: 'none', why: `${why}, but ${but}` };
}

/** A license of somebody who left. */
function decideOfLeaver(situation: Situation, id: string, { endMs, zone }: Ended): Decision {
  const { nowMs, desired, granted } = situation;
  const rule = findLeaverRule(desired, id, situation);
  if (!rule) {
    const byHand = desired.managed.has(id) ? 'by hand' : 'not managed';
    return removeUnless(situation, id, '', granted.has(id) ? 'no leaver rule takes it' : byHand);
  }
  const dueMs = addDaysMs(endMs, rule.afterDays, zone);
  const why = `leaver rule ${rule.name}`;
  return removeUnless(situation, id, why, dueMs > nowMs && `until ${toSeconds(dueMs)}, ${why}`);
}

/** `2026-12-31T18:00:00Z` */
const toSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** A license that was granted, and that no rule gives. */
function decideOfMover(situation: Situation, id: string, given: readonly Decision[]): Decision {
  const { policy, desired, granted, failed } = situation;
  const open = desired.open.find(({ candidates }) => candidates.includes(id));
  const unknown = desired.unknown.map(({ rule, reference }) => `${reference} of rule ${rule}`).join(', ');
  const isLostLine = (one: Decision) => failed.has(`add ${one.id}`) && desired.isCalling(one.id);
  return removeUnless(
    ...([situation, id, 'no rule gives it'] as const),
    granted.get(id) === 'adoption' && 'adopted',
    open && `rule ${open.rule} is undecided: ${open.undecided.join('; ')}`,
    unknown && `unknown name: ${unknown}`,
    desired.isCalling(id) && !policy.movers.calling && 'movers.calling is not set',
    desired.isCalling(id) && given.some(isLostLine) && 'the line that takes its place failed',
  );
}

/** The first reason to keep a license counts. */
function removeUnless(
  situation: Situation,
  id: string,
  why: string,
  ...reasons: readonly (string | false | undefined)[]
): Decision {
  const { catalogue, granted, failed } = situation;
  const override = findOverride(situation, [id]);
  const reason = failed.get(`remove ${id}`);
  const keep = [
    granted.has(id) && !id.startsWith('site:') && !findLicense(id, catalogue) && 'no longer in the catalogue',
    override && toOverridden(override),
    ...reasons,
    reason && `${why}, but failed: ${reason}`,
  ].find(Boolean);
  return keep ? { id, action: 'keep', why: keep } : { id, action: 'remove', why };
}
