import * as z from 'zod';
import type { SnapshotStore } from '../ports.ts';
import { type SnapshotFile, toJsonFile } from './documents.ts';
import { SCHEMAS_FOLDER } from './paths.ts';

/** The JSON Schemas of the files, as files. */
export const toSchemaFiles = (schemas: Readonly<Record<string, z.ZodType>>): readonly SnapshotFile[] =>
  Object.entries(schemas).map(([name, schema]) =>
    toJsonFile(name, z.toJSONSchema(schema, { io: 'input' }), 1),
  );

/** Publishes those that are not there as they are. */
export async function publishSchemas(
  store: Pick<SnapshotStore, 'read' | 'write'>,
  schemas: Readonly<Record<string, z.ZodType>>,
): Promise<void> {
  for (const file of toSchemaFiles(schemas)) {
    const path = `${SCHEMAS_FOLDER}/${file.path}`;
    if ((await store.read(path)) !== file.body) await store.write(path, file);
  }
}
