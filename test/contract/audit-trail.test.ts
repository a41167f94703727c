import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import type { Change } from '../../src/audit/change.ts';
import { createVerifyAudit } from '../../src/audit/verify-day.ts';
import { CONTAINERS } from '../../src/contract/names.ts';
import { StorageUnavailable } from '../../src/platform/storage-unavailable.ts';
import { createBlobAuditFiles, createBlobAuditTrail } from '../../src/storage/blob-audit.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { type Loss, type LossyWire, startLossyWire } from '../lossy-wire.ts';
import { createParts } from '../parts.ts';

/** The trail on real storage, behind a wire that loses what it is told to lose. */
let azurite: Azurite;
let storage: StorageClients;
let wire: LossyWire;
/** What becomes of the next appends. */
let losses: Loss[] = [];
/** Every test has a day of its own. */
let now = new Date('2026-11-01T12:00:00Z');

const started = createParts();
beforeAll(async () => {
  azurite = await started(startAzurite());
  wire = await started(startLossyWire(azurite.urls.blob));
  wire.lose = (url) => (/comp=appendblock/.test(url) ? losses.shift() : undefined);
  const connectionString = azurite.connectionString.replace(azurite.urls.blob, wire.url);
  storage = createStorageClients({ kind: 'connection-string', connectionString });
});
beforeEach(() => {
  losses = [];
  now = new Date(now.getTime() + 86_400_000);
});

const day = () => now.toISOString().slice(0, 10);
const create = (writer = 'one', maxBlocks?: number) =>
  createBlobAuditTrail({ storage, clock: () => now, writer, ...(maxBlocks && { maxBlocks }) });
const toChange = (requestId: string): Change => ({
  requestId,
  asked: {},
  person: { email: 'ada@example.com' },
  operation: 'add',
  known: 'changed',
  before: 'unknown',
  after: 'held',
  attempt: 1,
  instance: 'one',
});
const files = () => createBlobAuditFiles(storage);
const linesOf = async (path: string) => {
  const blob = (await storage.container(CONTAINERS.audit)).getBlobClient(path);
  const lines = (await blob.downloadToBuffer()).toString('utf8').trimEnd().split('\n').filter(Boolean);
  return lines.map((line) => z.object({ requestId: z.string(), seq: z.number() }).parse(JSON.parse(line)));
};
const written = async () => {
  const all = await Promise.all((await files().paths(day())).map(linesOf));
  return all.flat().map(({ requestId }) => requestId);
};
const answerSchema = z.object({
  ok: z.boolean(),
  files: z.array(z.object({ file: z.string(), lines: z.number(), wrong: z.unknown().optional() })),
});
const verify = async () => answerSchema.parse((await createVerifyAudit({ files: files() })(day())).jsonBody);

describe('the audit trail', () => {
  test('is nothing where nothing was written', async () => {
    await create().append([]);
    expect(await verify()).toEqual({ ok: true, files: [] });
  });

  test('is one intact chain, however many write at once, in few appends', async () => {
    const trail = create();
    const ids = Array.from({ length: 120 }, (_, number) => `many-${number}`);
    await Promise.all(ids.map((id) => trail.append([toChange(id), toChange(`${id}-b`)])));
    const { ok, files: found } = await verify();
    expect({ ok, lines: found.map(({ lines }) => lines) }).toEqual({ ok: true, lines: [240] });
    expect((await written()).filter((id) => !id.endsWith('-b')).sort()).toEqual([...ids].sort());
    const blob = (await storage.container(CONTAINERS.audit)).getBlobClient(found[0]?.file ?? '');
    const properties = await blob.getProperties();
    expect(properties.blobCommittedBlockCount).toBeLessThanOrEqual(4);
    expect(properties.cacheControl).toBe('no-store');
    const heads = await files().heads(day());
    expect(heads.get(found[0]?.file ?? '')?.count).toBe(240);
  });

  test('has a file for each writer and day', async () => {
    await Promise.all([create('one').append([toChange('a')]), create('two').append([toChange('b')])]);
    const trail = create('three');
    await trail.append([toChange('c')]);
    const [yesterday, before] = [day(), now];
    now = new Date(now.getTime() + 86_400_000);
    await trail.append([toChange('d')]);
    expect(await written()).toEqual(['d']);
    now = before;
    expect((await files().paths(yesterday)).map((path) => path.split('/').at(-1))).toEqual([
      'one-1.ndjson',
      'three-1.ndjson',
      'two-1.ndjson',
    ]);
    now = new Date(now.getTime() + 86_400_000);
  });

  test('writes over no file, even where two take the same name', async () => {
    await create('same').append([toChange('a')]);
    await create('same').append([toChange('b')]);
    expect((await written()).sort()).toEqual(['a', 'b']);
    expect((await verify()).ok).toBe(true);
  });

  test('goes on in another file where one is full', async () => {
    const trail = create('full', 2);
    for (const id of ['a', 'b', 'c', 'd', 'e']) await trail.append([toChange(id)]);
    const { ok, files: found } = await verify();
    expect({ ok, lines: found.map(({ lines }) => lines) }).toEqual({ ok: true, lines: [2, 2, 1] });
    expect(await written()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('does not write twice what was written and not answered', async () => {
    const trail = create('deaf');
    await trail.append([toChange('a')]);
    losses = ['answer'];
    await trail.append([toChange('b'), toChange('c')]);
    await trail.append([toChange('d')]);
    expect(losses).toEqual([]);
    expect(await written()).toEqual(['a', 'b', 'c', 'd']);
    expect(await verify()).toMatchObject({ ok: true, files: [{ lines: 4 }] });
  });

  test('says that storage is away, and what was or was not written then breaks no chain', async () => {
    const trail = create('away');
    await trail.append([toChange('a')]);
    losses = ['request', 'request', 'request'];
    await expect(trail.append([toChange('b')])).rejects.toThrow(StorageUnavailable);
    losses = ['request', 'answer', 'request'];
    await expect(trail.append([toChange('c')])).rejects.toThrow(StorageUnavailable);
    await trail.append([toChange('d')]);
    expect(losses).toEqual([]);
    expect(await written()).toEqual(['a', 'c', 'd']);
    expect((await verify()).ok).toBe(true);
  });

  test('leaves a file that somebody else wrote to or removed, and shows that', async () => {
    const trail = create('meddled');
    await trail.append([toChange('a')]);
    const container = await storage.container(CONTAINERS.audit);
    const [first = ''] = await files().paths(day());
    await container.getAppendBlobClient(first).appendBlock('x', 1);
    await trail.append([toChange('b')]);
    const second = (await files().paths(day()))[1] ?? '';
    await container.getBlobClient(second).delete();
    await trail.append([toChange('c')]);
    expect(await verify()).toMatchObject({
      ok: false,
      files: [
        { lines: 2, wrong: { what: 'cut', line: 2 } },
        { lines: 0, wrong: { what: 'missing' } },
        { lines: 1 },
      ],
    });
  });
});
