import { beforeEach, describe, expect, test } from '@jest/globals';
import { createBeginFirstAdoption, type FirstAdoption } from '../../../src/hr/adoption/first-adoption.ts';
import type { Snapshot } from '../../../src/people/snapshot.ts';
import type { Job, JobStore } from '../../../src/platform/jobs.ts';
import { VERSION_CONFLICT } from '../../../src/platform/version-conflict.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';

/** The adoption that begins by itself. */
const log = { info() {}, warn() {}, error() {} };
const MANAGING = await parsePolicy('{version: 1, rules: [], manages: [M]}');
const EMPTY = await parsePolicy('{version: 1, rules: []}');
const SNAPSHOT: Snapshot = {
  ...{ schemaVersion: 1, runId: 'r', orgId: 'o', readStartedAt: new Date(0), readEndedAt: new Date(0) },
  ...{ people: 0, outside: 0, licenses: [], doubts: [], buckets: [] },
};

let now = new Date('2026-11-24T12:00:00Z');
let state: { state: FirstAdoption; version: string } | undefined;
let policy = MANAGING;
let snapshot: Snapshot | undefined;
let jobs: Map<string, Job & { version: string }>;
let acts: number;
beforeEach(() => {
  now = new Date('2026-11-24T12:00:00Z');
  [state, policy, snapshot, jobs, acts] = [undefined, MANAGING, SNAPSHOT, new Map(), 0];
});

function createInstance(isOn = true) {
  const store: Pick<JobStore, 'read' | 'write'> = {
    read: async (jobId) => jobs.get(jobId),
    async write(job) {
      const written = { ...job, version: '1' };
      jobs.set(job.jobId, written);
      return written;
    },
  };
  return createBeginFirstAdoption({
    ...{ isOn, jobs: store, send: async () => {}, clock: () => now, instance: 'test' },
    newId: () => `job-${jobs.size + 1}`,
    audit: {
      async append(entries) {
        acts += entries.length;
      },
    },
    readSnapshot: async () => snapshot,
    policies: {
      status: async () => ({
        ...{ inForce: { policy, version: 'one', ofVersion: async () => policy }, refused: undefined },
      }),
    },
    store: {
      read: async () => state,
      async write(next, version) {
        if (version !== state?.version) return VERSION_CONFLICT;
        state = { state: next, version: `${Number(version ?? 0) + 1}` };
        return state.version;
      },
    },
  });
}
const end = (jobId: string, as: Job['state']) => {
  const job = jobs.get(jobId);
  if (job) jobs.set(jobId, { ...job, state: as });
};

describe('the first adoption', () => {
  test('begins where the setting says so, and once', async () => {
    await createInstance(false)(log);
    expect(jobs.size).toBe(0);
    const sweep = createInstance();
    await sweep(log);
    await sweep(log);
    await createInstance()(log);
    expect([...jobs.values()]).toMatchObject([{ kind: 'adoption', input: { dryRun: false } }]);
    end('job-1', 'done');
    await sweep(log);
    expect(state?.state.doneAt).toEqual(now);
    jobs.clear();
    now = new Date(now.getTime() + 30 * 86_400_000);
    await createInstance()(log);
    expect([jobs.size, acts]).toEqual([0, 1]);
  });

  test('waits for a policy that manages something, and for a people snapshot', async () => {
    const sweep = createInstance();
    policy = EMPTY;
    await sweep(log);
    policy = MANAGING;
    snapshot = undefined;
    await sweep(log);
    expect([jobs.size, state]).toEqual([0, undefined]);
    snapshot = SNAPSHOT;
    await sweep(log);
    expect(jobs.size).toBe(1);
  });

  test('begins again an hour after it failed, or was lost before it began', async () => {
    const sweep = createInstance();
    await sweep(log);
    end('job-1', 'failed');
    await sweep(log);
    expect(jobs.size).toBe(1);
    now = new Date(now.getTime() + 3_600_000);
    await sweep(log);
    expect(jobs.size).toBe(2);
  });
});
