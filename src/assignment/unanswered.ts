import type { Operation } from '../contract/license-request.ts';
import type { Unanswered } from '../ledger/person.ts';
import type { Choice } from './choose.ts';
import type { Sent } from './judge.ts';

/** A call that Webex answered with trouble, or not at all, has been seen to take effect some seconds later. */
const ARRIVES_WITHIN_MS = 15_000;
const MAX_KEPT = 100;

const toLicenseKey = (id: string) => `id ${id}`;
const toSiteKey = (siteUrl: string) => `site ${siteUrl}`;

/** The changes of a call whose answer is not known. */
export const toUnanswered = (sent: readonly Sent[], now: Date): readonly Unanswered[] =>
  sent.flatMap(({ item, licenses }) => {
    const keys =
      item.kind === 'site' ? [toSiteKey(item.siteUrl)] : licenses.map(({ id }) => toLicenseKey(id));
    return keys.map((key) => toOne(key, item.operation, now));
  });

/** What a holder that died may have sent for these choices. */
export const toMayBeSent = (choices: readonly Choice[], now: Date): readonly Unanswered[] =>
  choices.flatMap((choice) => keysOf(choice).map((key) => toOne(key, choice.item.operation, now)));

const toOne = (key: string, operation: Operation, now: Date): Unanswered => {
  return { key, operation, until: new Date(now.getTime() + ARRIVES_WITHIN_MS) };
};

function keysOf({ item, candidates, lost }: Choice): readonly string[] {
  return item.kind === 'site'
    ? [toSiteKey(item.siteUrl)]
    : [...candidates, ...lost].map(({ id }) => toLicenseKey(id));
}

/** Until when a change that is still on its way may undo this choice; undefined where none may. */
export function findOpposed(choice: Choice, unanswered: readonly Unanswered[]): Date | undefined {
  const keys = keysOf(choice);
  const opposed = unanswered.filter(
    ({ key, operation }) => operation !== choice.item.operation && keys.includes(key),
  );
  return opposed.reduce<Date | undefined>((latest, { until }) => {
    return latest === undefined || until > latest ? until : latest;
  }, undefined);
}

/** Those that may still arrive. */
export const stillUnanswered = (
  unanswered: readonly Unanswered[] | undefined,
  now: Date,
): readonly Unanswered[] => (unanswered ?? []).filter(({ until }) => until > now).slice(-MAX_KEPT);
