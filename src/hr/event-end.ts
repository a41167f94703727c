import type { HrEventRecord } from './hr-events.ts';
import type { Reconciliation } from './reconcile-employee.ts';

/** What became of an event: its public state, why, and the requests that it led to. */
export type EventEnd = Pick<HrEventRecord, 'state' | 'detail' | 'requestIds' | 'outcome'>;

/** Says what became of an event that is kept as a fact of a person who was looked at since. */
export function toEventEnd(
  { person, look }: Reconciliation,
  { eventKey, event: { source, eventId, kind } }: HrEventRecord,
): EventEnd {
  const { histories, endMs, desired } = look;
  const ofSource = histories.filter((_history, index) => person.employees[index]?.source === source);
  const outcome = ofSource.flatMap(({ timeline }) => timeline.outcomes.get(eventId) ?? [])[0] ?? 'counts';
  const made = person.made?.filter((one) => one.eventKey === eventKey) ?? [];
  const requestIds = made.map(({ requestId }) => requestId);
  const end = (state: EventEnd['state'], detail: string): EventEnd => ({
    state,
    detail,
    requestIds,
    outcome,
  });
  if (person.astray !== undefined)
    return end('applied', 'its address leads to another person at Webex: nothing is asked');
  if (requestIds.length > 0) return end('applied', '1 license request');
  if (outcome.startsWith('no effect: ')) return end('ignored', outcome.slice('no effect: '.length));
  if (outcome !== 'counts') return end('superseded', outcome);
  if (desired.exclusion !== undefined && kind !== 'leaver') return end('ignored', desired.exclusion);
  if (kind === 'leaver' && endMs !== undefined && person.open === undefined)
    return end(
      person.grants.length === 0 ? 'ignored' : 'applied',
      person.grants.length === 0 ? NOTHING_GRANTED : KEPT,
    );
  return end('applied', 'there is nothing to change');
}

const NOTHING_GRANTED =
  'nothing was granted to this person here, so that what the person holds at Webex was left as it is: take it by a license request';
const KEPT = 'no leaver rule takes what was granted to this person yet, so that it was left as it is';
