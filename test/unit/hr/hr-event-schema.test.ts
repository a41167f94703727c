import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { standardHrEventSchema } from '../../../src/hr/hr-event.ts';
import {
  encodeHrBatchMessage,
  hrBatchMessageSchema,
  hrWorkMessageSchema,
} from '../../../src/hr/queue-message.ts';

test('the published schema of HR events is that of the code', () => {
  const published = JSON.parse(readFileSync('docs/schemas/hr-event.v1.json', 'utf8'));
  expect(published).toEqual(
    JSON.parse(JSON.stringify(z.toJSONSchema(standardHrEventSchema, { io: 'input' }))),
  );
});

test('messages of batches are of version 2, which instances of 0.1.0 leave alone, and those of version 1 are read', () => {
  const message = JSON.parse(encodeHrBatchMessage('batch-1'));
  expect(message).toEqual({ version: 2, batch: 'batch-1' });
  for (const version of [1, 2])
    expect(hrBatchMessageSchema.parse({ version, batch: 'batch-1' })).toEqual({ version, batch: 'batch-1' });
  expect(hrWorkMessageSchema.safeParse(message).success).toBe(false);
});
