import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { toSchemaFiles } from '../../../../src/inventory/publish/schemas.ts';
import { INVENTORY_SCHEMAS } from '../../../../src/inventory/schemas/json-schemas.ts';

const FOLDER = 'docs/schemas/inventory.v1';

test('the schemas of the inventory in the documentation are those that are published', () => {
  const files = toSchemaFiles(INVENTORY_SCHEMAS);
  expect(readdirSync(FOLDER).sort()).toEqual(files.map(({ path }) => path).sort());
  for (const { path, body } of files) {
    expect(JSON.parse(readFileSync(`${FOLDER}/${path}`, 'utf8'))).toEqual(JSON.parse(body));
  }
});
