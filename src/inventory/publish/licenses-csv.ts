import { stringify } from 'csv-stringify/sync';
import { licenseRowSchema } from '../schemas/files.ts';
import type { LicenseRow, SnapshotFile } from './documents.ts';

/**
 * `licenses.csv`: RFC 4180, with a header row: the members of the schema, in its order. Text that a spreadsheet would take
 * for a formula begins with an apostrophe. Source: https://owasp.org/www-community/attacks/CSV_Injection
 */
export const toLicensesCsv = (rows: readonly LicenseRow[]): SnapshotFile => ({
  path: 'licenses.csv',
  format: 'csv',
  contentType: 'text/csv; charset=utf-8; header=present',
  rows: rows.length,
  body: stringify([...rows], {
    header: true,
    columns: Object.keys(licenseRowSchema.shape),
    record_delimiter: 'windows',
    // Any line break ends a row for some readers, not only the one that ends it here.
    quote_record_delimiter: true,
    escape_formulas: true,
    cast: { boolean: String, string: (text) => (text.startsWith('\n') ? `'${text}` : text) },
  }),
});
