import { describe, expect, test } from '@jest/globals';
import {
  toLicensesFile,
  toManifestFile,
  toOrgId,
  toRunFolder,
  toRunId,
} from '../../../src/inventory/documents.ts';

const ORG = '96abc2aa-3dcc-11e5-a152-fe34819cdc9a';
const id = Buffer.from(`ciscospark://us/LICENSE/${ORG}:MS_${ORG}`).toString('base64');
const run = {
  runId: 'ab12cd34',
  orgId: ORG,
  readStartedAt: new Date('2026-03-04T05:06:07.890Z'),
  readEndedAt: new Date('2026-03-04T05:06:09Z'),
};

describe('a snapshot', () => {
  test('lies in a folder of its time and its run', () => {
    expect(toRunFolder(run)).toBe(`v1/${ORG}/2026/03/04/05-06-07Z_ab12cd34`);
  });

  test('belongs to the organization that its licenses name', () => {
    expect(
      toOrgId([
        { id: 'odd', name: 'a' },
        { id, name: 'b' },
      ]),
    ).toBe(ORG);
    expect(toOrgId([{ id: 'odd', name: 'a' }])).toBe('unknown-org');
  });

  test('holds each license with what is free, by name, and overdrawn pools below zero', () => {
    const file = toLicensesFile(run, [
      { id, name: 'b', totalUnits: 5, consumedUnits: 7, colour: 'kept' },
      { id: 'x', name: 'a' },
    ]);
    const { licenses, ...rest } = JSON.parse(file.body);
    expect(rest).toEqual({ schemaVersion: 1, ...JSON.parse(JSON.stringify(run)) });
    expect(licenses).toEqual([
      { id: 'x', name: 'a' },
      { id, name: 'b', totalUnits: 5, consumedUnits: 7, colour: 'kept', type: 'MS', freeUnits: -2 },
    ]);
  });

  test('has a manifest with the size and hash of its files, and the run before it', () => {
    const file = { path: 'licenses.json', contentType: 'application/json', body: 'é' };
    const manifest = toManifestFile(run, {
      folder: 'f',
      warnings: ['w'],
      files: [{ file, rows: 3 }],
      previousRun: 'p',
    });
    expect(JSON.parse(manifest.body)).toMatchObject({
      status: 'complete',
      previousRun: 'p',
      warnings: ['w'],
      files: [
        {
          path: 'f/licenses.json',
          format: 'json',
          rows: 3,
          bytes: 2,
          contentType: 'application/json',
          sha256: '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c',
        },
      ],
    });
    expect(toRunId(manifest.body)).toBe('ab12cd34');
    expect(toRunId(undefined)).toBeUndefined();
  });
});
