import { setTimeout as delay } from 'node:timers/promises';
import { QueueServiceClient } from '@azure/storage-queue';
import pMap from 'p-map';
import { sendWebhook, signStandard } from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { QUEUES } from '../../src/storage/names.ts';
import type { Chance } from './chance.ts';
import { type Cluster, HOSTS } from './cluster.ts';
import type { Wish } from './workload.ts';

const AT_ONCE = 12;
/** Longer than storage is away. */
const MAX_TRIES = 800;
const AGAIN_AFTER_MS = 250;

/** Sends everything, each again until it is accepted, as whoever asks would do, over the time given. */
export async function deliver(
  cluster: Cluster,
  wishes: readonly Wish[],
  overMs: number,
  chance: Chance,
): Promise<void> {
  const queue = QueueServiceClient.fromConnectionString(cluster.connectionString).getQueueClient(
    QUEUES.licenseRequests,
  );
  const startedAt = Date.now();
  await pMap(wishes, send, { concurrency: AT_ONCE });

  async function send(wish: Wish, index: number): Promise<void> {
    await delay(Math.max(0, startedAt + (overMs * index) / wishes.length - Date.now()));
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      if (await isAccepted(wish)) return;
      await delay(AGAIN_AFTER_MS);
    }
    throw new Error(`${wish.id} was never accepted`);
  }

  async function isAccepted(wish: Wish): Promise<boolean> {
    try {
      if (wish.by === 'drop') {
        await queue.sendMessage(JSON.stringify(toRequest(wish)));
        return true;
      }
      const apiUrl = cluster.apiUrl(chance.between(0, HOSTS - 1));
      if (apiUrl === undefined) return false;
      return wish.by === 'hr' ? await sendEvent(apiUrl, wish) : await post(apiUrl, wish);
    } catch {
      // Storage or the host is away: whoever asks tries again.
      return false;
    }
  }

  async function sendEvent(apiUrl: string, { id, kind, email, at, department }: Wish): Promise<boolean> {
    const employee = { id: email.replace('@', '.'), email };
    const event = {
      type: kind,
      employee,
      effective: at.toISOString(),
      // The events come in any order, and each is of its day.
      saidAt: at.toISOString(),
      attributes: { ...(department && { department }) },
    };
    const { status } = await sendWebhook(apiUrl, signStandard(event, cluster.now(), id));
    return status === 200;
  }
}

async function post(apiUrl: string, wish: Wish): Promise<boolean> {
  const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
  const body = JSON.stringify(toRequest(wish));
  const { status } = await fetch(`${apiUrl}/license-requests`, { method: 'POST', headers, body });
  if (status !== 202 && status < 500) throw new Error(`${wish.id} is answered ${status}`);
  return status === 202;
}

const toRequest = ({ id, named, at, kind, changes }: Wish) => ({
  version: 1,
  requestId: id,
  ...named,
  licenses: changes.map(({ license, reference = license, operation }) => ({ license: reference, operation })),
  effectiveAt: at.toISOString(),
  reason: kind,
});
