import * as z from 'zod';
import type { Api } from '../../../src/cli/api.ts';
import { isFinal, requestSchema } from '../../../src/cli/request-text.ts';
import { changeSchema, toChangeLines, toSummary, undoSchema } from '../../../src/cli/undo-text.ts';

const LICENSE = 'Advanced Messaging';
const BATCH = 'wrong-file';

interface Deps {
  readonly api: Api;
  /** They have the license by the policy. */
  readonly people: readonly string[];
  /** Looks until there is something. */
  readonly until: <T>(what: string, look: () => Promise<T | undefined>) => Promise<T>;
  readonly print: (text: string) => void;
}

/** A batch takes a license from some people, the help desk gives it back to one, and an undo to the others. */
export async function showUndoneBatch({ api, people, until, print }: Deps): Promise<void> {
  const [first = ''] = people;
  const toId = (email: string) => `${BATCH}-${email.split('@')[0]}`;
  const requests = people.map((email) => ({
    ...{ requestId: toId(email), person: { email }, batch: BATCH, reason: 'leavers of November' },
    licenses: [{ license: LICENSE, operation: 'remove' }],
  }));
  await api.post('/license-requests', z.unknown(), { body: { requests }, status: 202 });
  for (const { requestId } of requests) await waitFor(requestId);
  print(`  The batch ${BATCH} has taken ${LICENSE} from ${people.length} people.`);
  const help = { requestId: 'help-desk-1', person: { email: first }, licenses: [{ license: LICENSE }] };
  await api.post('/license-requests', z.unknown(), { body: help, status: 202 });
  await waitFor(help.requestId);
  print(`  The help desk gives it back to ${first}: help-desk-1.`);

  print(`  $ seatline undo --batch ${BATCH} --reason "people who work here"`);
  const body = { batch: BATCH, reason: 'people who work here' };
  const { undoId } = await api.post('/undo', undoSchema, { body, status: 202 });
  const done = await until('The undo', async () => {
    const undo = await api.get(`/undo/${undoId}`, undoSchema);
    return undo.result && { undo, result: undo.result };
  });
  const { items } = await api.get(`/undo/${undoId}/changes`, z.object({ items: z.array(changeSchema) }));
  for (const line of [
    ...toSummary(done.undo, done.result),
    ...items.flatMap((item) => toChangeLines(item, false)),
  ])
    print(`  ${line}`);
  for (const { outcome, by } of items) if (outcome === 'put-back' && by !== undefined) await waitFor(by);

  async function waitFor(requestId: string): Promise<void> {
    await until(requestId, async () =>
      isFinal(await api.get(`/license-requests/${requestId}`, requestSchema)) ? true : undefined,
    );
  }
}
