import { decodeText, UnreadableText } from '../../platform/text-file.ts';
import { readZip, type ZipEntry } from '../../platform/zip.ts';
import { isOfPeople } from './columns.ts';
import { readTable, type Table } from './table.ts';

const MAX_FILES = 200;
const MAX_UNPACKED_BYTES = 64 * 1_024 * 1_024;

/** A table with the name of its file in an archive. */
export interface Source {
  readonly table: Table;
  readonly inArchive?: string;
}

/**
 * The people of a CSV file, or of the zip archive that Control Hub makes of a large export: one file with everybody, and
 * parts of it.
 * @throws {UnreadableText}
 */
export function readSource(bytes: Buffer): Source {
  if (bytes.subarray(0, 2).toString('latin1') !== 'PK') return { table: toTable(bytes) };
  const entries = readZip(bytes, { maxEntries: MAX_FILES, maxBytes: MAX_UNPACKED_BYTES });
  // A workbook is an archive, too.
  if (entries.some(({ name }) => name === '[Content_Types].xml')) return { table: toTable(bytes) };
  const tables = entries.filter(isCsv).map((entry) => readEntry(entry));
  return findWhole(tables.sort((a, b) => b.table.rows.length - a.table.rows.length));
}

function toTable(bytes: Buffer): Table {
  const text = decodeText(bytes);
  if (/^\s*[[{]/.test(text)) throw new UnreadableText('is JSON, and no table: --file submits whole requests');
  if (text.trim() === '') throw new UnreadableText('is empty');
  return readTable(text, isOfPeople);
}

/** Archives of macOS have a hidden file beside each. */
const isCsv = ({ name }: ZipEntry): boolean =>
  name.toLowerCase().endsWith('.csv') && !name.startsWith('__MACOSX/');

function readEntry({ name, read }: ZipEntry): Required<Source> {
  try {
    return { table: toTable(read()), inArchive: name };
  } catch (error) {
    throw error instanceof UnreadableText ? new UnreadableText(`${name} in it: ${error.message}`) : error;
  }
}

const toLine = ({ cells }: Table['rows'][number]): string => JSON.stringify(cells);

/** The file that has each row of all others. */
function findWhole([largest, ...parts]: readonly Required<Source>[]): Source {
  if (largest === undefined) throw new UnreadableText('is an archive without a CSV file');
  const rows = new Set(largest.table.rows.map(toLine));
  const other = parts.find(({ table }) => table.rows.some((row) => !rows.has(toLine(row))));
  if (other === undefined) return largest;
  throw new UnreadableText(
    `is an archive of several files: ${other.inArchive} has people who are not in ${largest.inArchive}. Unpack it, and submit them one by one`,
  );
}
