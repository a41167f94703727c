import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { stored } from '../../../../src/platform/stored.ts';
import { createLayout } from '../../../../src/storage/tables/row-layout.ts';
import { fromRow, type Shape, toCreate, toReplace } from '../../../../src/storage/tables/rows.ts';

const schema = stored({
  id: z.string(),
  state: z.string(),
  note: z.string().exactOptional(),
  text: z.string().exactOptional(),
  parts: z.array(stored({ name: z.string() })),
});
type Thing = z.output<typeof schema>;

const shape: Shape<Thing> = {
  table: 't',
  name: 'things',
  locate: ({ id }) => ({ partitionKey: 'p', rowKey: id }),
  layout: createLayout<Thing>({
    schema,
    key: { name: 'id', fromRowKey: (rowKey) => rowKey },
    columns: ['state', 'note'],
    texts: ['text'],
    json: 'rest',
    derived: { isOpen: ({ state }) => (state === 'open' ? true : undefined) },
  }),
  index: { toKeys: ({ state }) => [`due.${state}`], names: ['due'] },
};

const long = 'ä'.repeat(70_000);
const row = {
  ...{ partitionKey: 'p', rowKey: 'a', etag: 'E', timestamp: 'T', 'odata.metadata': 'M' },
  ...{ state: 'open', note: 'n', isOpen: true, marks: '["due.open","asked.by-a-newer-version"]' },
  ...{ text: long.slice(0, 32_000), text2: long.slice(32_000, 64_000), text3: long.slice(64_000) },
  ...{ rest: '{"parts":[{"name":"x","newer":[1]}],"newer":{"a":1}}' },
  ...{ priority: 9_007_199_254_740_993n, newerAt: new Date(0), texture: 'rough', restored: false },
};

describe('a row that a newer version has written', () => {
  test('is read as a record, and written with all that this version does not know', () => {
    const { note: _none, text: _shorter, ...record } = fromRow(shape, row);
    const changed = {
      ...record,
      state: 'ended',
      parts: record.parts.map((part) => ({ ...part, name: 'y' })),
    };
    const [[, written] = [], ...marks] = toReplace(shape, changed);
    expect(written).toEqual({
      ...{ partitionKey: 'p', rowKey: 'a', state: 'ended' },
      marks: '["due.ended","asked.by-a-newer-version"]',
      rest: '{"parts":[{"name":"y","newer":[1]}],"newer":{"a":1}}',
      ...{ priority: row.priority, newerAt: row.newerAt, texture: 'rough', restored: false },
    });
    expect(marks.map(([kind, mark]) => `${kind} ${mark.rowKey}`)).toEqual([
      'delete ~due.open~a',
      'create ~due.ended~a',
    ]);
  });

  test('has long text in one piece, and keeps its columns when it is added under another key', () => {
    const { version: _version, ...record } = fromRow(shape, row);
    expect(record).toMatchObject({ text: long, note: 'n' });
    const [[, written] = []] = toCreate(shape, { ...record, id: 'b' });
    expect(written).toMatchObject({ rowKey: 'b', priority: row.priority, text3: row.text3, isOpen: true });
    expect(written).not.toHaveProperty('etag');
  });

  test('is refused where what this version knows has another form', () => {
    expect(() => fromRow(shape, { ...row, state: 1 })).toThrow();
    expect(() => fromRow(shape, { ...row, rest: '{"parts":[{}]}' })).toThrow();
  });
});
