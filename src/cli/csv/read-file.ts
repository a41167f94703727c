import { basename, extname } from 'node:path';
import * as z from 'zod';
import { UnreadableText } from '../../platform/text-file.ts';
import { type License, licenseSchema } from '../../webex/license.ts';
import { type Api, UsageFailure } from '../api.ts';
import { readLocations } from '../calling-properties.ts';
import { readBytes, toName } from '../text-input.ts';
import { type Column, readColumns } from './columns.ts';
import { type PersonRow, readRows, toCell } from './rows.ts';
import { readSource } from './source.ts';
import type { Table } from './table.ts';
import type { FileOfPeople } from './to-requests.ts';

/** A file of people, by the licenses and locations of the organization. */
export interface ReadFile extends FileOfPeople {
  /** For messages. */
  readonly name: string;
  readonly table: Table;
  readonly licenses: readonly License[];
}

const licensesSchema = z.object({ items: z.array(licenseSchema) });

/** Reads the file, and asks the app what its headings and locations mean. @throws {UsageFailure} where it cannot be read */
export async function readFileOfPeople(api: Api, path: string): Promise<ReadFile> {
  const bytes = await readBytes(path);
  const { table, inArchive } = orUsage(path, () => readSource(bytes));
  const { items: licenses } = await api.get('/licenses', licensesSchema);
  const { columns, rows } = orUsage(path, () => {
    const found = readColumns(table, licenses);
    return { columns: found, rows: readRows(table, found, licenses) };
  });
  const name = path === '-' ? toName(path) : basename(path);
  return {
    ...{ table, licenses, columns, rows },
    name: inArchive === undefined ? name : `${name}, ${inArchive}`,
    stem: path === '-' ? 'input' : basename(path, extname(path)),
    locations: needsLocations(columns, rows) ? await readLocations(api) : [],
  };
}

function orUsage<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof UnreadableText ? new UsageFailure(`${toName(path)}: ${error.message}`) : error;
  }
}

const needsLocations = (columns: readonly Column[], rows: readonly PersonRow[]): boolean =>
  rows.some(
    (row) =>
      row.wishes.some(({ isCalling, operation }) => isCalling && operation === 'add') &&
      toCell(columns, row, 'location') !== '',
  );
