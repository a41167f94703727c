import { QueueClient } from '@azure/storage-queue';
import { startAzurite } from '../../infra/local/azurite.ts';
import { provision } from '../../infra/local/provision.ts';
import { createApplyHrEvent } from '../../src/hr/apply.ts';
import { newPerson, type Person } from '../../src/hr/person.ts';
import { createReevaluate } from '../../src/hr/reevaluate.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { toPersonKey } from '../../src/requests/record/person.ts';
import { createBlobReevaluation } from '../../src/storage/blobs/reevaluation.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { QUEUES } from '../../src/storage/names.ts';
import { hrEventWork } from '../../src/storage/queues/work-messages.ts';
import { createWorkQueue } from '../../src/storage/queues/work-queue.ts';
import { createTableHrPeople } from '../../src/storage/tables/hr-people.ts';
import { createMemoryEmployees, createMemoryHrEvents } from '../memory/hr-stores.ts';
import { createMemoryRequestStore } from '../memory/request-store.ts';
import { HOST_AT_ONCE } from './bench-app.ts';
import type { Measurement } from './measurement.ts';

const PEOPLE = 20_000;
/** One of so many loses a license by the new policy. */
const CHANGED_OF = 100;
const SEEDED_AT_ONCE = 400;
/** A saved policy is to have reached everybody within this. */
const MAX_MS = 60_000;
const RECEIVED_AT_ONCE = 32;
const MIB = 1_048_576;

/** A new policy that changes something for each hundredth of 20,000 people, on the tables and the queue of Azurite. */
export const policyChange: Measurement = {
  names: ['policy-change'],
  async run(say) {
    const azurite = await startAzurite();
    try {
      const { connectionString } = azurite;
      await provision(connectionString, '');
      const storage = createStorageClients({ kind: 'connection-string', connectionString });
      const people = createTableHrPeople(storage);
      for (let from = 0; from < PEOPLE; from += SEEDED_AT_ONCE)
        await Promise.all(
          Array.from({ length: Math.min(SEEDED_AT_ONCE, PEOPLE - from) }, (_, index) =>
            people.write(toPerson(from + index)),
          ),
        );
      say(`${PEOPLE} people are stored`);
      const floorMs = await time(async () => {
        let next: string | undefined;
        do next = (await people.page(1_000, next)).next;
        while (next !== undefined);
      });
      const { reevaluate, apply, queue } = await createRooms(storage, connectionString, people);
      let maxRss = 0;
      let looked = 0;
      const before = process.memoryUsage().rss;
      const ms = await time(async () => {
        await reevaluate();
        const drain = async () => {
          for (;;) {
            const { receivedMessageItems: items } = await queue.receiveMessages({
              numberOfMessages: RECEIVED_AT_ONCE,
              visibilityTimeout: 300,
            });
            if (items.length === 0) return;
            for (const { messageText, messageId, popReceipt } of items) {
              const message: { readonly reevaluate: readonly string[] } = JSON.parse(messageText);
              await apply(message);
              await queue.deleteMessage(messageId, popReceipt);
              looked += message.reevaluate.length;
              maxRss = Math.max(maxRss, process.memoryUsage().rss);
            }
          }
        };
        await Promise.all(Array.from({ length: HOST_AT_ONCE }, drain));
      });
      if (looked !== PEOPLE / CHANGED_OF) throw new Error(`${looked} people were changed`);
      const detail = {
        people: PEOPLE,
        'of whom the policy changes something': looked,
        seconds: Math.round(ms / 1_000),
        'to read the rows alone, seconds': Math.round(floorMs / 1_000),
        'memory more than before, MiB': Math.round((maxRss - before) / MIB),
      };
      return [{ name: 'policy-change', ratio: ms / MAX_MS, better: 'lower', goal: 1, detail }];
    } finally {
      await azurite.stop();
    }
  },
};

async function time(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function toPerson(number: number): Person {
  const email = `p${number}@example.com`;
  const said = new Date('2026-01-01T08:00:00Z');
  const attributes = { department: number % 2 ? 'Sales' : 'Support', location: 'Paris' };
  const fact = { id: `e${number}`, kind: 'hired' as const, said, effective: '2026-01-01', attributes, email };
  return {
    ...newPerson(toPersonKey({ person: { email } }), said),
    emails: [email],
    personId: `P${number}`,
    employees: [{ source: 'hr', employeeId: `${number}`, facts: [fact] }],
    grants: ['msg', ...(number % CHANGED_OF === 0 ? ['meet'] : [])].map((id) => ({ id, by: 'rule' })),
  };
}

async function createRooms(
  storage: ReturnType<typeof createStorageClients>,
  connectionString: string,
  people: ReturnType<typeof createTableHrPeople>,
) {
  const log = { info() {}, warn() {}, error() {} };
  const policy = await parsePolicy('{version: 1, rules: [{name: everybody, licenses: [msg]}]}');
  const inForce = { policy, version: 'new', ofVersion: async () => policy };
  const licenses = ['msg', 'meet'].map((id) => ({ id, name: `License ${id}` }));
  // The first sweep finds the policy; a later one, once all instances know of it, sends everybody.
  let nowMs = Date.now();
  const clock = () => new Date(nowMs);
  const send = createWorkQueue(storage, hrEventWork);
  const hrWorkQueue = { send, sendBatch: async () => {} };
  const shared = { people, hrWorkQueue, clock, policies: { current: async () => inForce } };
  const look = createReevaluate({
    ...shared,
    catalogue: async () => licenses,
    zoneOf: () => 'Europe/Berlin',
    store: createBlobReevaluation(storage),
  });
  const applyMessage = createApplyHrEvent({
    ...shared,
    catalogue: async () => licenses,
    events: createMemoryHrEvents(),
    employees: createMemoryEmployees(),
    sources: new Map(),
    batches: {
      keep: async () => '',
      read: async () => undefined,
      remove: async () => {},
      leftBehind: async () => [],
    },
    resolve: async (_source, event) => event,
    requestStore: createMemoryRequestStore(MAX_MS, undefined, clock).requestStore,
    workQueue: { send: async () => {} },
    audit: { append: async () => {} },
    findAtWebex: async () => undefined,
    zoneOf: () => 'Europe/Berlin',
    isReevaluationStopped: async () => false,
    noteAttributeNames: async () => {},
    retentionMs: MAX_MS,
    instance: 'bench',
  });
  return {
    async reevaluate() {
      await look(log);
      nowMs += MAX_MS;
      await look(log);
    },
    apply: (message: unknown) => applyMessage(message, log),
    queue: new QueueClient(connectionString, QUEUES.hrEvents),
  };
}
