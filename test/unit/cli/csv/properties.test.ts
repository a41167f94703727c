import { expect, test } from '@jest/globals';
import { readColumns } from '../../../../src/cli/csv/columns.ts';
import { readProperties } from '../../../../src/cli/csv/properties.ts';
import { readSource } from '../../../../src/cli/csv/source.ts';
import { CATALOGUE } from './catalogue.ts';

const LOCATIONS = [
  { id: 'berlin', name: 'Berlin' },
  { id: 'bern', name: 'Bern' },
];

/** The properties of the first row of a list with these cells of a Calling license. */
function read(headings: string, cells: string) {
  const { table } = readSource(Buffer.from(`email,add,${headings}\nada@example.com,Webex Suite,${cells}\n`));
  const columns = readColumns(table, CATALOGUE);
  const [row] = table.rows;
  if (row === undefined) throw new Error('no row');
  return readProperties(columns, row, LOCATIONS);
}

test.each([
  ['4711', { extension: '4711' }, 'extension 4711 at Berlin'],
  [
    'Next free,4000-4999',
    { extension: 'next-free', range: '4000-4999' },
    'extension next-free of 4000-4999 at Berlin',
  ],
  [
    'NEXT-FREE,4000 - 4999',
    { extension: 'next-free', range: '4000-4999' },
    'extension next-free of 4000-4999 at Berlin',
  ],
  [',,next-free', { phoneNumber: 'next-free' }, 'number next-free at Berlin'],
  [
    '4711,4000-4999,+14085550100',
    { extension: '4711', phoneNumber: '+14085550100' },
    'extension 4711, +14085550100 at Berlin',
  ],
])('%s is read', (cells, expected, line) => {
  const found = read('location,extension,range,number', `Berlin,${cells}`);
  expect(found).toEqual({ properties: { locationId: 'berlin', ...expected }, mistakes: [], line });
});

test.each([
  ['Berlin,next-free', 'range', /needs a column range/],
  ['Berlin,next-free,4999-4000', 'range', /smaller extension: 4000-4999/],
  [',next-free,4000-4999', 'location', /needs a location/],
  ['Berln,4711', 'location', /"Berln": did you mean Berlin or Bern\?/],
  ['Berlin,x', 'extension', /digits alone.* next-free/],
])('%s is a mistake, and no property is sent', (cells, heading, text) => {
  const { properties, mistakes } = read('location,extension,range', cells);
  expect({ properties, mistakes }).toEqual({
    properties: {},
    mistakes: [{ heading, text: expect.stringMatching(text) }],
  });
});
