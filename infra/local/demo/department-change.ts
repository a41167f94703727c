import * as z from 'zod';
import type { Api } from '../../../src/cli/api.ts';
import { isFinal, requestSchema, type ShownRequest } from '../../../src/cli/request-text.ts';
import { sendWebhook, signStandard } from '../hr-senders.ts';
import { addPerson, type Organization } from '../webex/organization.ts';

const PEOPLE = 30;
/** Two people have lost something by then, and count as well. */
export const REMOVALS_PER_HOUR = 22;
const LICENSE = 'Webex Meetings Suite';

const recordSchema = z.object({ state: z.string(), requestIds: z.array(z.string()) });
const approvalsSchema = z.object({
  items: z.array(z.object({ cause: z.string(), requests: z.number() })),
});

interface Deps {
  readonly api: Api;
  readonly apiUrl: string;
  readonly organization: Organization;
  /** Looks until there is something. */
  readonly until: <T>(what: string, look: () => Promise<T | undefined>) => Promise<T>;
  readonly print: (text: string) => void;
}

/**
 * Thirty people change their department: some lose a license at once, and the others wait for approval.
 * @returns the addresses of those who lost it at once
 */
export async function showDepartmentChange(deps: Deps): Promise<readonly string[]> {
  const { api, apiUrl, organization, until, print } = deps;
  const people = Array.from({ length: PEOPLE }, (_, index) => {
    const email = `colleague${index + 1}@example.com`;
    addPerson(organization, { email });
    return { id: `c${index + 1}`, email };
  });
  for (const license of organization.licenses.values())
    if (license.name === LICENSE) license.totalUnits += PEOPLE;
  await move('joiner', 'Sales');
  const moved = await move('mover', 'Engineering');
  const atOnce = moved.filter(({ state }) => state === 'succeeded');
  const lost = atOnce.length;
  const { items } = await api.get('/approvals', approvalsSchema);
  for (const { cause, requests } of items) {
    print(
      `  ${lost} of ${PEOPLE} people lose ${LICENSE} at once: REMOVALS_PER_HOUR is ${REMOVALS_PER_HOUR}.`,
    );
    print(`  ${requests} wait for approval under ${cause}, the policy that takes it away.`);
    print(`  $ seatline approve ${cause} --reason "the move of the team to Engineering"`);
    await api.post(`/approvals/${cause}`, z.unknown(), {
      body: { decision: 'approve', reason: 'the move of the team to Engineering' },
      status: 202,
    });
  }
  const ended = await Promise.all(moved.map(({ requestId }) => readWhere(requestId, isFinal)));
  print(`  Approved: ${ended.filter(({ state }) => state === 'succeeded').length} of ${PEOPLE} are done.`);
  return atOnce.flatMap(({ request }) => request?.person.email ?? []);

  /** Everybody's event, and the requests that it leads to: each has ended, or waits for approval. */
  async function move(type: 'joiner' | 'mover', department: string): Promise<readonly ShownRequest[]> {
    const requests = people.map(async ({ id, email }) => {
      const body = { type, employee: { id, email }, attributes: { department } };
      const { eventKey } = await sendWebhook(apiUrl, signStandard(body, new Date()));
      const { requestIds } = await until(`the event of ${email}`, async () => {
        const record = await api.get(`/hr-events/${eventKey}`, recordSchema);
        return record.state === 'applied' ? record : undefined;
      });
      return Promise.all(
        requestIds.map((requestId) =>
          readWhere(requestId, (one) => isFinal(one) || one.waiting?.for === 'needs-approval'),
        ),
      );
    });
    return (await Promise.all(requests)).flat();
  }

  function readWhere(requestId: string, isWanted: (request: ShownRequest) => boolean): Promise<ShownRequest> {
    return until(requestId, async () => {
      const request = await api.get(`/license-requests/${requestId}`, requestSchema);
      return isWanted(request) ? request : undefined;
    });
  }
}
