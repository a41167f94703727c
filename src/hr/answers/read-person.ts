import { type HttpAnswer, toProblem } from '../../http/problem.ts';
import type { Log } from '../../platform/log.ts';
import type { ReadInSnapshot } from '../held-in-snapshot.ts';
import { type AnswerDeps, answerPerson, findByName } from './answer-person.ts';

export interface ReadPersonDeps extends AnswerDeps {
  readonly readInSnapshot: ReadInSnapshot;
}

/** They name people, and change. */
export const NO_STORE = { 'cache-control': 'no-store' };

/**
 * `GET /api/people/{name}`: what a person holds by the latest people snapshot, and if HR knows the person, why.
 * @param name an address or an id, in any spelling
 */
export async function readPerson(deps: ReadPersonDeps, name: string, log: Log): Promise<HttpAnswer> {
  const found = await deps.readInSnapshot(name);
  const snapshot = 'missing' in found ? undefined : found;
  const person = await findByName(deps.people, name, snapshot);
  if (person === undefined && 'missing' in found) return found.missing;
  const answer = person && (await answerPerson(deps, name.trim(), person, snapshot, log));
  // Known to HR and not in the snapshot: the id is the one that Webex confirmed, if it did.
  const known = person && {
    emails: person.emails,
    ...(person.personId !== undefined && { personId: person.personId }),
  };
  return { status: 200, headers: NO_STORE, jsonBody: { ...known, ...snapshot, ...answer } };
}

export const toUnknownPerson = (): HttpAnswer =>
  toProblem('unknown-person', { detail: 'HR named nobody of this address or id.' });
