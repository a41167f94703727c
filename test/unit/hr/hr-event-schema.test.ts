import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { standardHrEventSchema } from '../../../src/hr/hr-event.ts';

test('the published schema of HR events is that of the code', () => {
  const published = JSON.parse(readFileSync('docs/schemas/hr-event.v1.json', 'utf8'));
  expect(published).toEqual(
    JSON.parse(JSON.stringify(z.toJSONSchema(standardHrEventSchema, { io: 'input' }))),
  );
});
