import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { Azurite } from '../../infra/local/azurite.ts';
import { createAttestRetention } from '../../src/audit/attest-retention.ts';
import type { Change } from '../../src/audit/change.ts';
import type { AuditFiles } from '../../src/audit/trail.ts';
import { verifyAudit } from '../../src/audit/verify-day.ts';
import { StorageUnavailable } from '../../src/platform/storage-unavailable.ts';
import { createBlobAuditFiles, createBlobAuditTrail } from '../../src/storage/blobs/audit-trail.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS, TABLES } from '../../src/storage/names.ts';
import { type Loss, type LossyWire, startLossyWire } from '../lossy-wire.ts';
import { createParts } from '../parts.ts';
import { takeAzurite } from '../worker-azurite.ts';

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
  azurite = await takeAzurite();
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
const verify = async () => answerSchema.parse((await verifyAudit(files(), day())).jsonBody);

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
    expect(heads.get(found[0]?.file ?? '')).toMatchObject({ count: 240 });
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

  test('leaves a file that another writer changed or removed, and shows that', async () => {
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

  test('has a row or a file that cannot be read as a finding, and verifies the others of the day', async () => {
    for (const writer of ['fine', 'no-hash', 'no-count', 'negative', 'archived', 'alone'])
      await create(writer).append([toChange(writer)]);
    const heads = await storage.table(TABLES.auditFiles);
    const spoil = (name: string, row: object) =>
      heads.upsertEntity({ partitionKey: day(), rowKey: name, ...row }, 'Replace');
    await spoil('no-hash-1.ndjson', { count: 1 });
    await spoil('no-count-1.ndjson', { count: 'one', hash: 'ab' });
    await spoil('negative-1.ndjson', { count: -1, hash: 'a'.repeat(64) });
    await spoil('alone-1.ndjson', { note: 'x' });
    const container = await storage.container(CONTAINERS.audit);
    const [alone = ''] = (await files().paths(day())).filter((path) => path.includes('alone'));
    await container.getBlobClient(alone).delete();
    const archived: AuditFiles = {
      ...files(),
      read: async (path) => (path.includes('archived') ? 'archived' : files().read(path)),
    };
    const answer = await verifyAudit(archived, day());
    expect(answer.status).toBe(200);
    const found = answerSchema.parse(answer.jsonBody);
    expect(found.ok).toBe(false);
    expect(found.files.map(({ file, ...rest }) => [file.split('/').at(-1), rest])).toEqual([
      ['alone-1.ndjson', { lines: 0, wrong: expect.objectContaining({ what: 'unreadable' }) }],
      ['archived-1.ndjson', { lines: 0, wrong: expect.objectContaining({ what: 'unreadable' }) }],
      ['fine-1.ndjson', { lines: 1 }],
      ['negative-1.ndjson', { lines: 1, wrong: expect.objectContaining({ what: 'unreadable' }) }],
      ['no-count-1.ndjson', { lines: 1, wrong: expect.objectContaining({ what: 'unreadable' }) }],
      ['no-hash-1.ndjson', { lines: 1, wrong: expect.objectContaining({ what: 'unreadable' }) }],
    ]);
  });

  test('cannot be verified during an outage of storage', async () => {
    const away: AuditFiles = {
      ...files(),
      paths: async () => Promise.reject(new StorageUnavailable('audit.list', 'no-answer', undefined)),
    };
    await expect(verifyAudit(away, day())).rejects.toThrow(StorageUnavailable);
  });
});

describe('a file of the audit trail that is gone', () => {
  const DAY_MS = 86_400_000;
  const logged: unknown[] = [];
  const log = { info: () => undefined, warn: (_event: string, fields?: object) => void logged.push(fields) };
  const attest = (at: Date) =>
    createAttestRetention({ files: files(), attestations: files(), retentionDays: 30, clock: () => at })(log);
  const remove = async (name: string, of = day()) => {
    const container = await storage.container(CONTAINERS.audit);
    const [path = ''] = (await files().paths(of)).filter((one) => one.includes(name));
    await container.getBlobClient(path).delete();
  };
  const verdicts = async (of = day()) => {
    const answer = await verifyAudit(files(), of);
    const { files: found } = z
      .object({ files: z.array(z.looseObject({ file: z.string() })) })
      .parse(answer.jsonBody);
    return found.map(({ file, removed, wrong }) => [file.split('/').at(-1), removed ?? wrong ?? 'ok']);
  };

  test('is wrong where it was removed within the retention, for ever, and named where it was removed after', async () => {
    for (const writer of ['early', 'late', 'stays', 'cut'])
      await create(writer).append([toChange('a'), toChange('b')]);
    const [own, written] = [day(), now];
    await remove('early');
    const container = await storage.container(CONTAINERS.audit);
    const [cut = ''] = (await files().paths(own)).filter((path) => path.includes('cut'));
    await container.getAppendBlobClient(cut).appendBlock('x', 1);

    // The last line of the day may have been written at its end.
    await attest(new Date(written.getTime() + 30 * DAY_MS));
    expect((await files().heads(own)).get(`v1/${own.replaceAll('-', '/')}/late-1.ndjson`)).not.toHaveProperty(
      'keptDays',
    );
    const over = new Date(written.getTime() + 31 * DAY_MS);
    await attest(over);
    await attest(over);
    expect(logged).toContainEqual(
      expect.objectContaining({ what: 'missing', file: expect.stringContaining('early') }),
    );
    for (const name of ['late', 'cut']) await remove(name);
    await attest(new Date(over.getTime() + 400 * DAY_MS));

    expect(await verdicts(own)).toEqual([
      ['cut-1.ndjson', expect.objectContaining({ what: 'missing' })],
      ['early-1.ndjson', expect.objectContaining({ what: 'missing' })],
      [
        'late-1.ndjson',
        { keptDays: 30, lines: 2, detail: expect.stringContaining('removed after the retention') },
      ],
      ['stays-1.ndjson', 'ok'],
    ]);
  });

  test('was still there when its retention was over is known though the sweep stood still meanwhile', async () => {
    await create('before').append([toChange('a')]);
    const first = day();
    now = new Date(now.getTime() + 5 * DAY_MS);
    await create('after').append([toChange('b')]);
    await attest(new Date(now.getTime() + 100 * DAY_MS));
    await remove('before', first);
    await remove('after');
    for (const written of [first, day()])
      expect(await verdicts(written)).toEqual([
        [expect.any(String), expect.objectContaining({ keptDays: 30 })],
      ]);
  });
});
