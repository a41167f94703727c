import type { StoredEntry } from '../../src/ledger/entry.ts';
import type { Seen } from './watch.ts';
import type { Human } from './workload.ts';

/** All that is known of one person, for whoever finds out what went wrong. */
export function toStory(
  { email, holds, wishes }: Human,
  entries: readonly StoredEntry[],
  seen: readonly Seen[],
) {
  const own = entries.filter(({ request }) => request?.person.email === email);
  const changes = seen.flatMap((one) =>
    one.kind === 'change' && one.email === email
      ? [`${one.at.toISOString()} sent ${one.items.map(({ operation }) => operation)}`]
      : [],
  );
  return [
    `  ${email} held ${holds.join(', ') || 'nothing'}`,
    ...wishes.map(
      ({ id, by, kind, at, changes: wanted, department = '' }) =>
        `    wish ${id} ${by} ${kind} ${at.toISOString()} ${department} ${wanted.map(({ license, operation }) => `${operation} ${license}`)}`,
    ),
    ...own.flatMap(({ requestId, request, results, history }) => [
      `    request ${requestId} ${request?.effectiveAt} ${request?.licenses.map(({ license, operation }, index) => `${operation} ${license} ${results[index]?.result} ${results[index]?.by ?? ''}`)}`,
      ...history.map(
        ({ at, state, instance, attempt, detail = '' }) =>
          `      ${at.toISOString()} ${state} ${instance} ${attempt} ${detail}`,
      ),
    ]),
    ...changes.map((change) => `    ${change}`),
  ];
}
