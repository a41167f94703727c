import { type HttpAnswer, toProblem } from '../contract/problem.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { FINAL_STATES, OPEN_STATES } from '../ledger/states.ts';
import { toView } from '../ledger/view.ts';

const MAX_LISTED = 200;

/** Shows the license requests in a state, up to 200: those that are scheduled, wait, or failed, for instance. */
export function createListRequests({ ledger }: { ledger: Pick<Ledger, 'list'> }) {
  return async (state: string | null): Promise<HttpAnswer> => {
    const states = [...OPEN_STATES, ...FINAL_STATES];
    const wanted = states.find((one) => one === state);
    if (wanted === undefined)
      return toProblem('invalid-request', { detail: `Say ?state=, one of ${states.join(', ')}.` });
    const items = [];
    for await (const entry of ledger.list(wanted, MAX_LISTED)) items.push(toView(entry));
    return { status: 200, jsonBody: { items } };
  };
}
