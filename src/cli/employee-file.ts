import * as z from 'zod';
import { attributesSchema } from '../hr/hr-event.ts';
import { emailSchema } from '../platform/email.ts';
import { parseJson } from '../platform/json.ts';
import { UnreadableText } from '../platform/text-file.ts';
import { isPlaceholder } from '../platform/words.ts';
import { readTable, toText } from './csv/table.ts';

/** An employee as the import sends it. */
export interface ImportedEmployee {
  readonly employeeId: string;
  readonly email: string;
  readonly attributes: z.output<typeof attributesSchema>;
}

/** A spreadsheet's error, or a number that it has shortened. */
const NO_ID = /^#[A-Z0-9/]+[!?]$|^\d(?:[.,]\d{1,20})?E\+\d{1,3}$/i;

const idSchema = z
  .union([z.string(), z.number().int()], { error: 'must be an id of 1 to 128 characters' })
  .transform((id) => String(id).trim())
  .refine((id) => !isPlaceholder(id) && id.length <= 128, 'must be an id of 1 to 128 characters')
  .refine((id) => !NO_ID.test(id), 'is not an id, but an error or a shortened number of a spreadsheet');
const employeeSchema = z.strictObject({
  employeeId: idSchema,
  email: emailSchema,
  attributes: attributesSchema,
});

/** A row of the file with its place, for messages. */
interface Row {
  readonly place: string;
  readonly employee: unknown;
}

/**
 * Reads employees from CSV or JSON. A file with a mistake is refused whole.
 * @throws {UnreadableText} naming row and column of the first mistake, and how many there are
 */
export function readEmployeeFile(text: string): readonly ImportedEmployee[] {
  const rows = /^\s*[[{]/.test(text) ? fromJson(text) : fromCsv(text);
  const places = new Map<string, string>();
  const mistakes: string[] = [];
  const employees: ImportedEmployee[] = [];
  for (const { place, employee } of rows) {
    const parsed = employeeSchema.safeParse(employee);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      mistakes.push(`${place}, ${issue?.path.join(' ') || 'entry'}: ${issue?.message}`);
      continue;
    }
    const { employeeId } = parsed.data;
    const first = places.get(employeeId);
    if (first !== undefined) mistakes.push(`${place}, employeeId: is the employee of ${first} again`);
    places.set(employeeId, first ?? place);
    employees.push(parsed.data);
  }
  const [first] = mistakes;
  if (first !== undefined)
    throw new UnreadableText(
      `${first}${mistakes.length > 1 ? ` (and ${mistakes.length - 1} more mistakes)` : ''}`,
    );
  if (employees.length === 0) throw new UnreadableText('has no employees');
  return employees;
}

function fromJson(text: string): readonly Row[] {
  const json = parseJson(text);
  const parsed = z.array(z.unknown()).safeParse(json.ok ? json.value : undefined);
  if (!parsed.success) throw new UnreadableText('is no JSON list of {employeeId, email, attributes}');
  return parsed.data.map((employee, index) => ({ place: `entry ${index + 1}`, employee }));
}

/** Headings of the two required columns, reduced to letters and digits. */
const ID = new Set(['employeeid']);
const EMAIL = new Set(['email', 'emailaddress', 'workemail', 'mail']);
const toPlain = (heading: string) => heading.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * CSV as spreadsheets write it. Columns beside employeeId and email are attributes; an empty cell is none. A column `groups[]` has
 * lists, with `;` or a line break between the members.
 */
function fromCsv(text: string): readonly Row[] {
  const { headings, headingRow, rows } = readTable(text, hasColumns);
  const columns = toColumns(headings, headingRow);
  return rows.map(({ row, cells }) => toRow(cells, columns, `row ${row}`));
}

const count = (header: readonly string[], names: ReadonlySet<string>) =>
  header.filter((heading) => names.has(toPlain(heading))).length;
const hasColumns = (header: readonly string[]) => count(header, ID) > 0 && count(header, EMAIL) > 0;

/** The name of each column: `employeeId`, `email`, or the heading of an attribute. */
function toColumns(header: readonly string[], line: number): readonly string[] {
  for (const [names, column] of [
    [ID, 'employeeId'],
    [EMAIL, 'email'],
  ] as const) {
    const found = count(header, names);
    if (found === 1) continue;
    const shown = header.filter(Boolean).slice(0, 20).join(', ');
    throw new UnreadableText(
      found === 0
        ? `row ${line}: has no column ${column}; it has ${shown}: name the column with ${column === 'employeeId' ? "HR's ids employeeId" : 'the addresses email'}`
        : `row ${line}: has ${found} columns for ${column}: keep one of them`,
    );
  }
  const columns = header.map((heading) => {
    const plain = toPlain(heading);
    return ID.has(plain) ? 'employeeId' : EMAIL.has(plain) ? 'email' : heading;
  });
  const names = columns.map((column) => toListName(column) ?? column);
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (twice !== undefined) throw new UnreadableText(`row ${line}: has the column ${twice} twice`);
  return columns;
}

function toRow(record: readonly string[], columns: readonly string[], place: string): Row {
  const extra = record.findIndex((cell, index) => cell !== '' && (columns[index] ?? '') === '');
  if (extra >= 0)
    throw new UnreadableText(
      `${place}: cell ${extra + 1} has no heading: is there a delimiter too many, or a missing quotation mark?`,
    );
  const cells = Object.fromEntries(columns.map((column, index) => [column, toText(record[index] ?? '')]));
  const { employeeId, email, '': _unnamed, ...rest } = cells;
  const attributes = Object.entries(rest).filter(([, value]) => value !== '');
  return {
    place,
    employee: { employeeId, email, attributes: Object.fromEntries(attributes.map(toAttribute)) },
  };
}

const LIST_SUFFIX = '[]';

/** The name of a column of lists, such as `groups[]`; undefined for a column of texts. */
const toListName = (heading: string): string | undefined =>
  heading.endsWith(LIST_SUFFIX) ? heading.slice(0, -LIST_SUFFIX.length).trimEnd() : undefined;

function toAttribute([heading, cell]: readonly [string, string]): readonly [
  string,
  string | readonly string[],
] {
  const name = toListName(heading);
  if (name === undefined) return [heading, cell];
  const members = cell.split(/[;\r\n]/).map((member) => member.trim());
  return [name, members.filter((member) => member !== '')];
}
