import { CsvError, parse } from 'csv-parse/sync';
import * as z from 'zod';
import { UnreadableText } from '../../platform/text-file.ts';

/** A table as a spreadsheet writes it. */
export interface Table {
  readonly delimiter: string;
  /** Of the headings: where they end in the file, counted from 1, and as a spreadsheet counts. */
  readonly line: number;
  readonly headingRow: number;
  readonly headings: readonly string[];
  /** Without empty rows. */
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  /** Where it begins in the file, counted from 1. */
  readonly line: number;
  /** As a spreadsheet counts: a cell may have several lines. */
  readonly row: number;
  readonly cells: readonly string[];
}

const DELIMITERS = [',', ';', '\t', '|'];

const recordsSchema = z.array(
  z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) }),
);
type Records = z.output<typeof recordsSchema>;

/**
 * Reads CSV with commas, semicolons, tabs or bars; a line `sep=;`; rows cut short or padded with empty cells; empty rows.
 * @param isTable whether headings are those of such a table: they tell which delimiter the file has
 * @throws {UnreadableText} with the line
 */
export function readTable(given: string, isTable: (headings: readonly string[]) => boolean): Table {
  const separator = /^sep=(.)\r?\n/i.exec(given);
  const text = separator ? given.slice(separator[0].length) : given;
  const before = separator ? 1 : 0;
  const delimiters = separator?.[1] ? [separator[1]] : DELIMITERS;
  const delimiter = delimiters.find((one) => isTable(readHeadings(text, one))) ?? toLikely(text, delimiters);
  const [header, ...records] = toRecords(text, delimiter, before);
  if (header === undefined) throw new UnreadableText('is empty');
  let line = header.info.lines;
  const rows = records.map(({ record, info }, index): TableRow => {
    // `lines` is the last line of a record.
    const first = line + 1;
    line = info.lines;
    return { line: first + before, row: index + 2 + before, cells: record };
  });
  return {
    ...{ delimiter, headings: header.record },
    ...{ line: header.info.lines + before, headingRow: before + 1 },
    rows: rows.filter(({ cells }) => cells.some((cell) => cell !== '')),
  };
}

const SHAPE = { trim: true, relax_column_count: true, info: true } as const;

function readHeadings(text: string, delimiter: string): readonly string[] {
  try {
    return recordsSchema.parse(parse(text, { ...SHAPE, delimiter, to: 1 }))[0]?.record ?? [];
  } catch (error) {
    if (error instanceof CsvError) return [];
    throw error;
  }
}

/** Of headings that no delimiter makes known ones: the delimiter with most of them. */
const toLikely = (text: string, delimiters: readonly string[]): string =>
  delimiters
    .map((delimiter) => ({ delimiter, count: readHeadings(text, delimiter).length }))
    .sort((a, b) => b.count - a.count)[0]?.delimiter ?? ',';

function toRecords(text: string, delimiter: string, before: number): Records {
  try {
    return recordsSchema.parse(parse(text, { ...SHAPE, delimiter }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const isOpen = error.code === 'CSV_QUOTE_NOT_CLOSED';
    throw new UnreadableText(
      isOpen
        ? 'has a quotation mark that is not closed'
        : `line ${error.lines + before} has a quotation mark inside a cell: it must stand twice there`,
    );
  }
}

/** A cell as text: exports write `="0042"`, so that spreadsheets keep the zeros, and `'+49…`, so that they compute nothing. */
export const toText = (cell: string): string =>
  /^="([^"]*)"$/.exec(cell)?.[1]?.trim() ?? cell.replace(/^'(?=[=+\-@])/, '');
