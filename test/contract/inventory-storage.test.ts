import { describe, expect, test } from '@jest/globals';
import { RunLost } from '../../src/inventory/ports.ts';
import { newRun } from '../../src/inventory/run/run.ts';
import { newPeopleProgress } from '../../src/people/progress.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { createBlobAssignments } from '../../src/storage/blobs/assignments.ts';
import { createBlobRuns } from '../../src/storage/blobs/runs.ts';
import { CONTAINERS, QUEUES } from '../../src/storage/names.ts';
import { inventoryRunWork } from '../../src/storage/queues/work-messages.ts';
import { createWorkQueue } from '../../src/storage/queues/work-queue.ts';
import { useStorage } from '../use-storage.ts';

/** What the ports of the inventory promise, asked of their adapters on real storage that is empty at the start. */
const storage = useStorage();

const at = new Date('2026-11-24T12:00:00Z');
const run = (runId: string) => newRun(runId, { trigger: 'timer', force: false }, at, undefined);

describe('the runs', () => {
  test('are none, then the one that was begun, as it was', async () => {
    const runs = createBlobRuns(storage.clients());
    expect(await runs.current()).toBeUndefined();
    expect(await runs.read('first')).toBeUndefined();
    const begun = await runs.begin(run('first'), undefined);
    expect(begun).toEqual({ ...run('first'), version: expect.any(String) });
    expect(await runs.current()).toEqual(begun);
    expect(await runs.read('first')).toEqual(begun);
  });

  test('are begun one after another: of several at once, one', async () => {
    const runs = createBlobRuns(storage.clients());
    const current = await runs.current();
    const begun = await Promise.all(['a', 'b', 'c'].map((runId) => runs.begin(run(runId), current)));
    const winners = begun.flatMap((one) => (one === VERSION_CONFLICT ? [] : one.runId));
    expect(winners).toHaveLength(1);
    expect((await runs.current())?.runId).toBe(winners[0]);
  });

  test('are changed only by a writer that read their latest version', async () => {
    const runs = createBlobRuns(storage.clients());
    const begun = await runs.begin(run('changed'), await runs.current());
    if (begun === VERSION_CONFLICT) throw new Error('not begun');
    const reading = {
      ...newPeopleProgress(2),
      ...{ pages: 25, next: '/people?after=x', newer: 'kept' },
      parts: [{ path: 'v1/o/changed/parts/0-1-0.ndjson', rows: 7, offsets: [0, 9] }],
    };
    const written = await runs.replace({
      ...begun,
      state: 'waiting',
      waitingUntil: at,
      reading,
    });
    expect(await runs.read('changed')).toEqual(written);
    await expect(runs.replace({ ...begun, state: 'failed' })).rejects.toThrow(RunLost);
  });

  test('are removed when nobody has changed them for long, but never the current one', async () => {
    const runs = createBlobRuns(storage.clients());
    const past = new Date(0);
    const ahead = new Date(Date.now() + 86_400_000);
    const old = await runs.begin(run('old'), await runs.current());
    if (old === VERSION_CONFLICT) throw new Error('not begun');
    await runs.writeCatalogue('old', []);
    await runs.writeCatalogue('last', []);
    await runs.begin(run('last'), old);
    await runs.purge(past, 100);
    expect(await runs.read('old')).toBeDefined();
    await runs.purge(ahead, 1);
    expect(await runs.read('first')).toBeDefined();
    await runs.purge(ahead, 100);
    expect(await runs.read('old')).toBeUndefined();
    expect(await runs.read('first')).toBeUndefined();
    await expect(runs.readCatalogue('old')).rejects.toThrow('gone');
    expect((await runs.current())?.runId).toBe('last');
    expect(await runs.readCatalogue('last')).toEqual([]);
  });

  test('keep a catalogue until it is removed', async () => {
    const runs = createBlobRuns(storage.clients());
    await expect(runs.readCatalogue('c')).rejects.toThrow('gone');
    const licenses = [{ id: 'x', name: 'Größe', consumedByUsers: null, colour: 'kept' }];
    await runs.writeCatalogue('c', [{ id: 'y', name: 'before' }]);
    await runs.writeCatalogue('c', licenses);
    expect(await runs.readCatalogue('c')).toEqual(licenses);
    await runs.removeCatalogue('c');
    await runs.removeCatalogue('c');
    await expect(runs.readCatalogue('c')).rejects.toThrow('gone');
  });
});

describe('a file of assignments', () => {
  const read = async (path: string) => {
    const chunks: Buffer[] = [];
    for await (const chunk of (await createBlobAssignments(storage.clients()).read(path)) ?? [])
      chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString();
  };

  test('is of the blocks that are named, in that order, and of no other', async () => {
    const store = createBlobAssignments(storage.clients());
    for (const [name, text] of [
      ['b', '2'],
      ['a', '1'],
      ['x', 'never'],
      ['b', 'two'],
    ] as const) {
      await store.stage('v1/o/file', name, Buffer.from(text));
    }
    expect(await store.read('v1/o/file')).toBeUndefined();
    await store.commit('v1/o/file', ['a', 'b']);
    await store.commit('v1/o/file', ['a', 'b']);
    expect(await read('v1/o/file')).toBe('1two');
    expect(await store.read('v1/o/none')).toBeUndefined();
    const blob = (await storage.clients().container(CONTAINERS.assignments)).getBlobClient('v1/o/file');
    expect(await blob.getProperties()).toMatchObject({
      contentType: 'application/gzip',
      cacheControl: expect.stringContaining('immutable'),
    });
  });

  test('may be empty', async () => {
    await createBlobAssignments(storage.clients()).commit('v1/o/empty', []);
    expect(await read('v1/o/empty')).toBe('');
  });
});

describe('the work messages of runs', () => {
  test('are on the queue without an end, at once or later', async () => {
    const workQueue = { send: createWorkQueue(storage.clients(), inventoryRunWork) };
    await workQueue.send('now', 0);
    await workQueue.send('later', 60_000);
    const queue = await storage.clients().queue(QUEUES.inventoryRuns);
    const { receivedMessageItems: received } = await queue.receiveMessages({ numberOfMessages: 32 });
    expect(received.map(({ messageText }) => JSON.parse(messageText))).toEqual([
      { version: 1, runId: 'now' },
    ]);
    expect(received[0]?.expiresOn.getFullYear()).toBeGreaterThan(9_000);
    expect((await queue.getProperties()).approximateMessagesCount).toBe(2);
  });
});
