import * as z from 'zod';
import type { Api } from '../../../src/cli/api.ts';
import { driftFileSchema, driftLineShownSchema } from '../../../src/inventory/schemas/drift.ts';
import { runStatusSchema } from '../../../src/inventory/schemas/files.ts';
import { LOCAL_TOKEN } from '../stack.ts';
import type { WebexSimulator } from '../webex/simulator.ts';

/** Somebody to whom the policy gave this license. */
const EMAIL = 'colleague1@example.com';
const LICENSE = 'Advanced Messaging';

const pageSchema = z.object({ items: z.array(driftLineShownSchema) });

interface Deps {
  readonly api: Api;
  readonly simulator: WebexSimulator;
  /** Looks until there is something. */
  readonly until: <T>(what: string, look: () => Promise<T | undefined>) => Promise<T>;
  readonly print: (text: string) => void;
}

/** A hand at Webex takes a license; the next inventory run shows it, and the repair gives it back. */
export async function showDrift({ api, simulator, until, print }: Deps): Promise<void> {
  const organization = simulator.organization();
  const [id = ''] = [...organization.licenses.values()]
    .filter(({ name }) => name === LICENSE)
    .map((license) => license.id);
  const isHeld = () => organization.people.get(EMAIL)?.licenses.has(id) ?? false;
  await fetch(`${simulator.apiUrl}/licenses/users`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${LOCAL_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email: EMAIL, licenses: [{ id, operation: 'remove' }] }),
  });
  print(`  An admin takes ${LICENSE} from ${EMAIL} in Control Hub.`);
  print('  $ seatline inventory run --wait');
  // The run before publishes its files a moment before it ends.
  const { runId } = await until('a new run', () =>
    api.post('/inventory/runs', runStatusSchema, { body: {}, status: 202 }).catch(() => undefined),
  );
  await until('the run', async () => {
    const { state } = await api.get(`/inventory/runs/${runId}`, runStatusSchema);
    return state === 'complete' ? state : undefined;
  });
  const { kinds } = await api.get('/drift', driftFileSchema);
  print(`  $ seatline drift --kind missing   # ${kinds?.missing.licenses ?? 0} missing`);
  const { items } = await api.get('/drift/people?kind=missing', pageSchema);
  for (const { person, kind, license, why } of items)
    print(`  ${person.email}  ${kind}  ${license}  (${why})`);
  await until('the repair', async () => (isHeld() ? true : undefined));
  print(`  Repaired, once: ${EMAIL} has ${LICENSE} again.`);
}
