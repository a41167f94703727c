import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from './config/config.ts';
import { createClockSkew } from './platform/clock-skew.ts';
import { createStorageClock } from './platform/storage-clock.ts';
import { createLeaveForNewer } from './requests/leave-for-newer.ts';
import { tellEnds } from './requests/tell-ends.ts';
import { createBlobAuditTrail } from './storage/blobs/audit-trail.ts';
import { createStorageChecks } from './storage/checks.ts';
import { createStorageClients } from './storage/clients.ts';
import { hrEventWork, requestWork } from './storage/queues/work-messages.ts';
import { createQueueMessages, createWorkQueue } from './storage/queues/work-queue.ts';
import { createTableRequestStore } from './storage/tables/request-store.ts';
import { toWebexId } from './webex/webex-id.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The ground that all parts of the app share: settings, clock, storage, request store, work queue and audit trail.
 * @throws {ConfigError} naming each invalid setting
 */
export function createGround(environment: Environment) {
  const config = parseConfig(environment);
  const instanceMs = () => Date.now();
  const storageClock = createStorageClock(instanceMs);
  const clock = storageClock.now;
  const newId = (): string => randomUUID();
  const instance = config.instance ?? newId().slice(0, 8);
  const storage = createStorageClients(config.storage, storageClock.learn);
  const sendHrWork = createWorkQueue(storage, hrEventWork);
  /** Without HR, nobody has a desired state. */
  const tellEnded = async (requestId: string): Promise<void> => {
    if (config.hrSources.size > 0) await sendHrWork({ requestId });
  };
  const requestStore = tellEnds(createTableRequestStore(storage, config.retentionMs), tellEnded);
  const checks = createStorageChecks(storage, requestStore);
  return {
    config,
    clock,
    random: Math.random,
    sleep: (delayMs: number): Promise<void> => sleep(delayMs),
    newId,
    instance,
    storage,
    requestStore,
    tellEnded,
    checks,
    skew: createClockSkew({ storageClock, instanceMs, askStorage: checks.requestStore }),
    workQueue: { send: createWorkQueue(storage, requestWork) },
    audit: createBlobAuditTrail({ storage, clock, writer: `${instance}-${newId().slice(0, 8)}` }),
    orgIds: config.webex.orgIds.map((id) => toWebexId('ORGANIZATION', id)),
    leaveForNewer: createLeaveForNewer({ messages: createQueueMessages(storage), clock }),
  };
}

export type Ground = ReturnType<typeof createGround>;
