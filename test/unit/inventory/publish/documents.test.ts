import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import {
  toLicenseRows,
  toLicensesFile,
  toManifestFile,
} from '../../../../src/inventory/publish/documents.ts';
import { toLicensesCsv } from '../../../../src/inventory/publish/licenses-csv.ts';
import { toOrgId } from '../../../../src/inventory/publish/paths.ts';
import { licensesFileSchema, manifestSchema } from '../../../../src/inventory/schemas/files.ts';

const ORG = '96abc2aa-3dcc-11e5-a152-fe34819cdc9a';
const id = Buffer.from(`ciscospark://us/LICENSE/${ORG}:MS_${ORG}`).toString('base64');
const run = {
  runId: 'ab12cd34',
  orgId: ORG,
  readStartedAt: new Date('2026-03-04T05:06:07.890Z'),
  readEndedAt: new Date('2026-03-04T05:06:09Z'),
};
const head = { schemaVersion: 1, ...JSON.parse(JSON.stringify(run)) };

describe('a snapshot', () => {
  test('belongs to the organization that its licenses name, or else to the one that is known', () => {
    expect(
      toOrgId([
        { id: 'odd', name: 'a' },
        { id, name: 'b' },
      ]),
    ).toBe(ORG);
    expect(toOrgId([{ id: 'odd', name: 'a' }])).toBe('unknown-org');
    expect(toOrgId([], 'known')).toBe('known');
  });

  test('holds each license with what is free, by name, and over-used pools below zero', () => {
    const licenses = [
      { id, name: 'b', totalUnits: 5, consumedUnits: 7, subscriptionId: 'Sub1', colour: 'kept' },
      { id: 'x', name: 'a' },
    ];
    const { licenses: rows, ...rest } = JSON.parse(toLicensesFile(run, toLicenseRows(licenses)).body);
    expect(rest).toEqual(head);
    expect(rows).toEqual([
      { id: 'x', name: 'a', isPool: false },
      { ...licenses[0], type: 'MS', freeUnits: -2, isPool: true },
    ]);
    expect(licensesFileSchema.parse({ ...rest, licenses: rows }).licenses).toEqual(rows);
  });

  test('is a table of the same rows, in which no cell is a formula', () => {
    const breaks = ['two\nlines', 'two\rlines', 'two\r\nlines', '\n=1+1', '\r=1+1', 'last\n'];
    const names = ['=1+1', '+1', '-1', '@x', '\t=1', 'with, comma', 'with "quote"', 'plain', ...breaks];
    const rows = toLicenseRows(names.map((name) => ({ id: name, name, totalUnits: 1, consumedUnits: 3 })));
    const { body, contentType } = toLicensesCsv(rows);
    expect(contentType).toContain('text/csv');
    const [header, first] = body.split('\r\n');
    expect(header).toBe(
      'id,name,type,subscriptionId,siteUrl,siteType,totalUnits,consumedUnits,consumedByUsers,consumedByWorkspaces,freeUnits,isPool',
    );
    expect(first).toBe("'\t=1,'\t=1,,,,,1,3,,,-2,false");
    const read: Record<string, string>[] = parse(body, { columns: true });
    expect(read.map(({ name }) => name)).toEqual(
      rows.map(({ name }) => (/^[=+\-@\t\r\n]/.test(name) ? `'${name}` : name)),
    );
    // Readers that end a row at any line break must find each of them quoted.
    expect(body.replaceAll(/"(?:[^"]|"")*"/g, '').split(/\r\n|\r|\n/)).toHaveLength(rows.length + 2);
    expect(new Set(read.map(({ freeUnits }) => freeUnits))).toEqual(new Set(['-2']));
  });

  test('has a manifest of its files, and the run before it', () => {
    const entry = {
      container: 'inventory',
      path: 'f/licenses.json',
      format: 'json' as const,
      rows: 3,
      bytes: 2,
    };
    const files = [{ ...entry, sha256: 'ab', contentType: 'application/json' }];
    const { body } = toManifestFile(run, { status: 'complete', warnings: ['w'], files, previousRun: 'p' });
    expect(manifestSchema.parse(JSON.parse(body))).toEqual({
      ...head,
      scope: 'own-organization',
      status: 'complete',
      warnings: ['w'],
      previousRun: 'p',
      files,
    });
  });
});
