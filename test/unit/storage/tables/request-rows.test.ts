import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { requestShape } from '../../../../src/storage/tables/request-rows.ts';
import type { Columns } from '../../../../src/storage/tables/row-layout.ts';
import { readRecords } from '../../../fixtures/load.ts';

const { layout } = requestShape;
const rows = await readRecords('0.1.0', 'requests');
const etag = 'W/"1"';

/** The row of version 0.1.0 whose JSON column holds a text. */
function findRow(column: 'entry' | 'person', text: string): Columns {
  const row = rows.find((one) => String(one[column] ?? '').includes(text));
  if (row === undefined) throw new Error(`no row of version 0.1.0 has ${text}`);
  const columns: Columns = Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, toValue(value)]),
  );
  return { ...columns, etag };
}

const timeSchema = z.object({ type: z.literal('DateTime'), value: z.coerce.date() });
/** The value that the SDK reads: the recording has times as `{type, value}`. */
const toValue = (value: unknown) => timeSchema.safeParse(value).data?.value ?? value;

const parse = (text: unknown) => JSON.parse(String(text));

describe('a row that version 0.1.0 wrote', () => {
  test.each([
    ['"delivery":2', { fencingToken: 2 }],
    ['"personLooks":2', { personChecks: 2 }],
    ['"troubledSince":', { failingSince: new Date('2026-11-30T00:15:43.743Z') }],
  ])('with %s is read under the name of today, and written back as it was', (text, expected) => {
    const row = findRow('entry', text);
    const record = layout.fromRow(row);
    expect(record).toMatchObject(expected);
    const { entry } = layout.toColumns(record);
    expect(parse(entry)).toEqual(parse(row.entry));
  });

  test('with a held turn is read as a lease with a holder, and written back as it was', () => {
    const row = findRow('person', '"turn":');
    const person = layout.fromRow(row);
    expect(person).toMatchObject({ holder: { instance: 'host-c', until: expect.any(Date) } });
    expect(parse(layout.toColumns(person).person)).toEqual(parse(row.person));
  });
});

describe('a member of a newer version that is stored under a name of today', () => {
  test('neither replaces the member of that name nor is lost', () => {
    const row = findRow('entry', '"delivery":2');
    for (const entry of [
      { ...parse(row.entry), fencingToken: 'of a newer version' },
      { fencingToken: 'of a newer version', ...parse(row.entry) },
    ]) {
      const record = layout.fromRow({ ...row, entry: JSON.stringify(entry) });
      expect(record).toMatchObject({ fencingToken: 2 });
      expect(parse(layout.toColumns(record).entry)).toEqual(entry);
    }
  });
});
