import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import pMap from 'p-map';
import * as z from 'zod';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY, type Stack, startStack } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import type { StoredRequest } from '../../src/requests/record/record.ts';
import { FINAL_STATES, isOpen, OPEN_STATES } from '../../src/requests/record/states.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { createOrganization } from '../chaos/cluster.ts';
import { createSweepRuns } from '../chaos/sweep-runs.ts';
import { measureTimeFactor } from '../chaos/time-factor.ts';
import { createParts } from '../parts.ts';
import { until } from './until.ts';

const STOPS = 5;
const PER_STOP = 50;
/** Of each 50, so many are accepted before storage stops, and the others meet the stop; so do some changes. */
const ACCEPTED_BEFORE = 25;
const CHANGES_BEFORE = 5;
const SENDERS = 12;
const MAX_TRIES = 120;
const SEND_AGAIN_AFTER_MS = 250;
const SWEEP_EVERY_MS = 1_000;
const CHECK_EVERY_MS = 500;
const PATIENT_HOST = {
  messageLeaseSeconds: 15,
  // No stop ends a host: what it was doing would be sent to Webex a second time.
  ...{ storageTries: 60, storageRetryMs: 100, longestStorageRetryMs: 500 },
};
/** For the work before one stop, and for the end of all after the last. */
const DEADLINE_MS = 120_000;
/** Two requests for each person, one for each license. */
const LICENSES = ['Advanced Messaging', 'Webex Webinars 1000'] as const;

const wishes = Array.from({ length: STOPS * PER_STOP }, (_, index) => ({
  requestId: `stops-${index}`,
  email: `stops-${Math.floor(index / LICENSES.length)}@example.com`,
  license: LICENSES[index % LICENSES.length] ?? LICENSES[0],
}));
type Wish = (typeof wishes)[number];

let location: string;
let restarted: Azurite | undefined;
let restarting = Promise.resolve();
let stack: Stack;
let simulator: WebexSimulator;
const urls: string[] = [];
const sweeps = createSweepRuns();

const started = createParts();
beforeAll(async () => {
  location = await mkdtemp(join(tmpdir(), 'seatline-storage-stops-'));
  await started(Promise.resolve({ stop: () => rm(location, { recursive: true, force: true }) }));
  await started(Promise.resolve({ stop: stopRestarted }));
  const starting = startStack({
    azurite: { location },
    simulator: { createOrganization },
    timing: PATIENT_HOST,
    onLog: sweeps.note,
    settings: {
      NODE_OPTIONS: `--import=${new URL('../chaos/fast-time.mjs', import.meta.url).href}`,
      FAST_TIME_FROM: `${Date.now()}`,
      FAST_TIME_FACTOR: `${await measureTimeFactor()}`,
      // The sweep is run by hand: timers go by the host's own clock.
      INVENTORY_SCHEDULE: '0 0 5 1 1 *',
      SWEEP_SCHEDULE: '0 0 5 1 1 *',
    },
  });
  stack = await started(starting);
  if (!stack.simulator) throw new Error('no simulator');
  simulator = stack.simulator;
  urls.push(stack.host.url, (await stack.startAnotherHost()).url);
});
/** Where the test failed meanwhile, one may just be starting. */
async function stopRestarted(): Promise<void> {
  await Promise.allSettled([restarting]);
  await restarted?.stop();
}

const changes = () => simulator.requests().filter(({ method }) => method === 'PATCH');

/** As whoever asks would do: again, until it is accepted. */
async function send({ requestId, email, license }: Wish, url: string): Promise<void> {
  const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
  const body = JSON.stringify({ requestId, person: { email }, licenses: [{ license }] });
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const { status } = await fetch(`${url}/api/license-requests`, { method: 'POST', headers, body });
    if (status === 202) return;
    if (status !== 503) throw new Error(`${requestId} is answered ${status}`);
    await delay(SEND_AGAIN_AFTER_MS);
  }
  throw new Error(`${requestId} was never accepted`);
}

/** By SIGTERM, with the same ports and data. */
function restartStorage(): Promise<void> {
  const portOf = (url: string) => Number(new URL(url).port);
  const { blob, queue, table } = stack.azurite.urls;
  const ports = { blob: portOf(blob), queue: portOf(queue), table: portOf(table) };
  const running = restarted ?? stack.azurite;
  restarting = running.stop().then(async () => {
    restarted = await startAzurite({ location, ports });
  });
  return restarting;
}

/** Sends all, and stops storage in the midst of each 50. */
async function sendWhileStorageStops(): Promise<void> {
  let accepted = 0;
  let released = PER_STOP;
  const sending = pMap(
    wishes,
    async (wish, index) => {
      await until('its time', () => index < released || undefined, STOPS * DEADLINE_MS);
      await send(wish, urls[index % urls.length] ?? '');
      accepted += 1;
    },
    { concurrency: SENDERS },
  );
  const stopping = (async () => {
    for (let stop = 0; stop < STOPS; stop += 1) {
      const enough = () =>
        accepted >= stop * PER_STOP + ACCEPTED_BEFORE && changes().length >= (stop + 1) * CHANGES_BEFORE;
      await until(`the work before stop ${stop + 1}`, () => enough() || undefined, DEADLINE_MS);
      released += PER_STOP;
      await restartStorage();
    }
  })();
  await Promise.all([sending, stopping]);
}

async function sweepAgainAndAgain(signal: AbortSignal): Promise<void> {
  const headers = { 'x-functions-key': LOCAL_MASTER_KEY };
  for (let round = 0; !signal.aborted; round += 1) {
    const url = `${urls[round % urls.length]}/admin/functions/sweep`;
    await fetch(url, { method: 'POST', headers, body: '{}' });
    await delay(SWEEP_EVERY_MS);
    await sweeps.untilAtMost(0, signal);
  }
}

const openRequestStore = () => {
  const { connectionString } = stack.azurite;
  const storage = createStorageClients({ kind: 'connection-string', connectionString });
  return createTableRequestStore(storage, 90 * 86_400_000);
};

/** All in a state: a page may be short and not be the last. */
async function readIn(state: StoredRequest['state']): Promise<readonly StoredRequest[]> {
  const requestStore = openRequestStore();
  const found: StoredRequest[] = [];
  let next: string | undefined;
  do {
    const page = await requestStore.list({ state }, 1_000, next);
    found.push(...page.records);
    next = page.next;
  } while (next !== undefined);
  return found;
}

/** Undefined while one is open, or changes its state between the lists. */
async function readEnded(): Promise<readonly StoredRequest[] | undefined> {
  await delay(CHECK_EVERY_MS);
  for (const state of OPEN_STATES) if ((await readIn(state)).length > 0) return undefined;
  const ended = (await Promise.all(FINAL_STATES.map(readIn))).flat();
  return ended.length < wishes.length ? undefined : ended;
}

const changeSchema = z.object({
  email: z.string().optional(),
  personId: z.string().optional(),
  licenses: z.array(z.object({ id: z.string() })),
});

const toText = (email: string | undefined, license: string | undefined) => `${email} ${license}`;

/** Each license that was sent to Webex for somebody, as often as it was. */
function toSent(): readonly string[] {
  const { people, licenses } = simulator.organization();
  return changes().flatMap(({ body }) => {
    const { email, personId, licenses: items } = changeSchema.parse(body);
    const named = email ?? [...people.values()].find(({ id }) => id === personId)?.email;
    return items.map(({ id }) => toText(named, licenses.get(id)?.name));
  });
}

/** The wishes that are so at Webex. */
function toHeld(): readonly string[] {
  const { people, licenses } = simulator.organization();
  return wishes.flatMap(({ email, license }) => {
    const held = [...(people.get(email)?.licenses ?? [])].map((id) => licenses.get(id)?.name);
    return held.includes(license) ? [toText(email, license)] : [];
  });
}

describe('500 requests while storage is stopped 10 times', () => {
  test('are all performed once, and each ends as succeeded, once', async () => {
    for (const email of new Set(wishes.map((wish) => wish.email)))
      addPerson(simulator.organization(), { email });
    const stopping = new AbortController();
    const sweeping = sweepAgainAndAgain(stopping.signal);
    let records: readonly StoredRequest[];
    try {
      await sendWhileStorageStops();
      records = await until('the end of all', readEnded, DEADLINE_MS);
    } finally {
      stopping.abort();
      await sweeping;
    }

    const ends = records.map(({ requestId, history }) => {
      const final = history.map(({ state }) => state).filter((state) => !isOpen(state));
      return `${requestId} ${final}`;
    });
    expect(ends.sort()).toEqual(wishes.map(({ requestId }) => `${requestId} succeeded`).sort());
    const wanted = wishes.map(({ email, license }) => toText(email, license)).sort();
    expect([...toHeld()].sort()).toEqual(wanted);
    // Nothing else is in trouble, so nothing that was answered needs to be sent a second time.
    expect([...toSent()].sort()).toEqual(wanted);
  }, 600_000);
});
