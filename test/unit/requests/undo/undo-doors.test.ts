import { describe, expect, test } from '@jest/globals';
import type { AuditEntry } from '../../../../src/audit/entry.ts';
import type { IncomingRequest } from '../../../../src/http/body.ts';
import type { JobStore, StoredJob } from '../../../../src/platform/jobs.ts';
import { createUndoDoors } from '../../../../src/requests/undo/undo-doors.ts';
import { toBody } from '../../../memory/body.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const log = { info() {}, warn() {}, error() {} };

function createDoors() {
  const written: StoredJob[] = [];
  const audited: AuditEntry[] = [];
  const jobs = {
    open: async () => [],
    write: async (job: StoredJob) => {
      written.push(job);
      return { ...job, version: '1' };
    },
  };
  const doors = createUndoDoors({
    ...{ jobs: jobs as unknown as JobStore, send: async () => undefined, clock: () => NOW },
    audit: { append: async (entries) => void audited.push(...entries) },
    ...{ newId: () => '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9', instance: 'test' },
  });
  const post = (body: unknown) => {
    const headers = new Map([['content-type', 'application/json']]);
    const http: IncomingRequest = {
      ...{ url: 'http://app/api/undo', method: 'POST', body: toBody(JSON.stringify(body)) },
      headers: { get: (name) => headers.get(name) ?? null },
    };
    return doors.startUndo(http, log);
  };
  return { post, written, audited };
}

describe('an undo over HTTP', () => {
  test('is answered with its address, and is a line of the audit trail', async () => {
    const { post, written, audited } = createDoors();
    const answer = await post({
      batch: 'clean',
      reason: 'the wrong file',
      since: '2026-11-24T11:00:00+01:00',
    });
    const undoId = 'undo-0a1b2c3d4e5f';
    expect(answer).toMatchObject({
      status: 202,
      headers: { location: `/api/undo/${undoId}` },
      jsonBody: { undoId, batch: undoId, scope: { batch: 'clean' }, since: new Date('2026-11-24T10:00:00Z') },
    });
    expect(written).toEqual([expect.objectContaining({ jobId: undoId, kind: 'undo', state: 'queued' })]);
    expect(audited).toEqual([
      expect.objectContaining({ act: 'undo', undoId, batch: 'clean', reason: 'the wrong file' }),
    ]);
  });

  test('that is only tried changes nothing, and has no line', async () => {
    const { post, audited } = createDoors();
    const { jsonBody } = await post({ source: 'hr', dryRun: true });
    expect(jsonBody).toMatchObject({ dryRun: true });
    expect(jsonBody).not.toHaveProperty('batch');
    expect(audited).toEqual([]);
  });

  test.each([
    ['nothing', {}, 'must name one of source'],
    ['two scopes', { source: 'hr', batch: 'clean' }, 'must name one of source'],
    ['a time without an offset', { source: 'hr', since: '2026-11-24T11:00:00' }, 'time with offset'],
    ['a time to come', { source: 'hr', since: '2026-11-24T12:00:01Z' }, 'is to come'],
    ['an end that is past', { source: 'hr', until: '2026-11-24T12:00:00Z' }, 'is past'],
    ['a misspelt member', { source: 'hr', dryrun: true }, 'dryrun'],
    ['what is no batch name', { batch: 'a b' }, '1 to 64 letters'],
  ])('is refused for %s', async (_name, body, detail) => {
    const { post, written } = createDoors();
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.jsonBody)).toContain(detail);
    expect(written).toEqual([]);
  });
});
