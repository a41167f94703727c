import type { Explanation } from './explain.ts';
import type { ExplainedRequest } from './open-requests.ts';

/** What an operator can do for a person, as commands where there is one; empty where there is nothing to do. */
export function toNextSteps(
  name: string,
  explanation: Pick<Explanation, 'decisions' | 'overrides' | 'problems' | 'state'> | undefined,
  requests: readonly ExplainedRequest[],
): readonly string[] {
  const { decisions = [], overrides = [], state } = explanation ?? {};
  const isSaid = (text: string) => decisions.some(({ why }) => why.includes(text));
  const isUnknown = explanation?.problems.some((one) => one.includes('is not in the catalogue'));
  return [
    ...new Set([
      ...(state === 'needs-identity' ? ['have HR send the address that this person has at Webex'] : []),
      ...requests.flatMap(toStepOfRequest),
      ...(isUnknown ? ['correct the name in the policy: seatline licenses lists the names'] : []),
      ...(isSaid('is undecided')
        ? ['have HR send the attribute that the rule looks at, or correct its name in the policy']
        : []),
      ...(isSaid('but failed: ')
        ? [`seatline list --person ${name} names the requests that failed: seatline redrive <requestId>`]
        : []),
      ...overrides.map(
        (override) =>
          `let the policy decide about ${override.name} again: seatline override clear ${name} "${override.name}" --reason …`,
      ),
    ]),
  ];
}

function toStepOfRequest({ requestId, state, waiting, seats = [] }: ExplainedRequest): readonly string[] {
  if (state !== 'waiting' || waiting === undefined) return [];
  const { for: reason, cause, detail, until } = waiting;
  switch (reason) {
    case 'needs-approval':
      return [`seatline approve ${cause ?? requestId} --reason …`];
    case 'no-seats':
      return seats.map(
        ({ name }) => `free a seat or buy more; seatline licenses show "${name}" names who holds one`,
      );
    case 'no-extension':
    case 'no-phone-number':
    case 'phone-numbers-not-told':
      return [detail ?? 'free a number of the location'];
    case 'person-not-found':
      return ['create the person at Webex, or correct the address'];
    case 'paused-by-operator':
      return ['seatline resume --reason …'];
    default:
      return [`${detail ?? 'wait'}: ${requestId} is tried again at ${until.toISOString()}`];
  }
}
