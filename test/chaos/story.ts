import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import type { StoredRequest } from '../../src/requests/record/record.ts';
import { aliasOf, createFindOwner, idOf } from './spelling.ts';
import type { Human } from './workload.ts';

/** All that is known of one person, for whoever finds out what went wrong. */
export function toStory(
  { email, holds, wishes }: Human,
  records: readonly StoredRequest[],
  simulator: WebexSimulator,
) {
  const findOwner = createFindOwner([email]);
  const own = records.filter(({ request }) => request && findOwner(request.person) === email);
  const organizations = simulator.organizations();
  const ids = organizations.flatMap(({ people }) => people.get(email)?.id ?? []);
  const name = (text: string) =>
    organizations
      .flatMap(({ licenses }) => [...licenses.values()])
      .reduce((so, one) => so.replaceAll(one.id, one.name), text);
  // All that came, also late, by the clock of the machine.
  const calls = simulator.requests().flatMap(({ at, method, query, body, status }) => {
    const text = JSON.stringify({ ...query, body });
    const isOwn = [email, aliasOf(email), idOf(email), ...ids].some((one) => text.includes(one));
    return isOwn ? [`${at} ${method} ${name(text)} ${status}`] : [];
  });
  return [
    `  ${email} held ${holds.join(', ') || 'nothing'}`,
    ...wishes.map(
      ({ id, by, named, kind, at, changes: wanted, department = '' }) =>
        `    wish ${id} ${by} ${JSON.stringify(named)} ${kind} ${at.toISOString()} ${department} ${wanted.map(({ license, operation }) => `${operation} ${license}`)}`,
    ),
    ...own.flatMap(({ requestId, request, results, history }) => [
      `    request ${requestId} ${request?.effectiveAt} ${request?.licenses.map(({ license, operation }, index) => `${operation} ${JSON.stringify(license)} ${results[index]?.result} ${results[index]?.by ?? ''}`)}`,
      ...history.map(
        ({ at, state, instance, attempt, detail = '' }) =>
          `      ${at.toISOString()} ${state} ${instance} ${attempt} ${detail}`,
      ),
    ]),
    ...calls.map((call) => `    ${call}`),
  ];
}
