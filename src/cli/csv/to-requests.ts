import { createHash } from 'node:crypto';
import type { CallingProperties, Locations } from '../calling-properties.ts';
import type { Column } from './columns.ts';
import type { OwnRequest } from './forecast.ts';
import { readProperties } from './properties.ts';
import type { Mistake, PersonRow, Wish } from './rows.ts';

/** A file of people, read. */
export interface FileOfPeople {
  readonly rows: readonly PersonRow[];
  readonly columns: readonly Column[];
  readonly locations: Locations;
  /** The name of the file without its ending. */
  readonly stem: string;
}

/** What the command was told beside the file. */
export interface PlanOptions {
  /** The name of the batch; by default of the file and its content. */
  readonly batch?: string;
  readonly reason?: string;
  readonly until?: string;
  readonly withRemovals?: true;
  readonly allowCallingRemoval?: true;
  /** Also what is so already, by the people snapshot. */
  readonly all?: true;
}

/** A row with the wishes that are chosen by the options. */
export interface AskedRow {
  readonly row: PersonRow;
  readonly requestId: string;
  readonly wishes: readonly Wish[];
  readonly properties: CallingProperties;
  /** The properties as a person reads them. */
  readonly line: string;
  /** What is wrong with the properties: it matters where a Calling license is added. */
  readonly callingMistakes: readonly Mistake[];
}

/** The name of the batch, and an id for each row of its content: the same file again has the same ids. */
export function toAskedRows(
  { rows, columns, locations, stem }: FileOfPeople,
  options: PlanOptions,
): { readonly batch: string; readonly asked: readonly AskedRow[] } {
  const chosen = rows.map((row) => {
    const isChosen = ({ operation, isListed }: Wish) =>
      operation === 'add' || isListed || options.withRemovals === true;
    const { mistakes: callingMistakes, ...read } = readProperties(columns, row, locations);
    const wishes = row.wishes.filter(isChosen);
    return { row, wishes, callingMistakes, ...read, content: toContent(row, wishes, read.properties) };
  });
  const batch = options.batch ?? toBatchName(stem, toHash(chosen.map(({ content }) => content)));
  const toId = (content: string) => `csv-${toHash([batch, content]).slice(0, 32)}`;
  return { batch, asked: chosen.map(({ content, ...one }) => ({ ...one, requestId: toId(content) })) };
}

const toHash = (texts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(texts)).digest('hex');

/** What a row asks for, without the order of its columns. */
function toContent(
  { email, cells }: PersonRow,
  wishes: readonly Wish[],
  properties: CallingProperties,
): string {
  const asked = wishes.map(({ operation, reference }) => `${operation} ${JSON.stringify(reference)}`).sort();
  const isCalling = wishes.some((wish) => wish.isCalling && wish.operation === 'add');
  // A row that cannot be read is told apart by its cells.
  return JSON.stringify([email || cells, asked, isCalling ? properties : {}]);
}

const MAX_STEM = 48;

/** Such as `joiners-1a2b3c4d`. */
function toBatchName(stem: string, hash: string): string {
  const safe = stem.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]/, 'f');
  return `${safe.slice(0, MAX_STEM) || 'people'}-${hash.slice(0, 8)}`;
}

/** Some wishes of a row as a request. */
export function toRequest(
  { row, requestId, properties }: AskedRow,
  wishes: readonly Wish[],
  batch: string,
  { reason, until, allowCallingRemoval }: PlanOptions,
): OwnRequest {
  return {
    requestId,
    person: { email: row.email },
    licenses: wishes.map(({ reference, operation, isCalling }) => ({
      license: reference,
      operation,
      ...(isCalling && operation === 'add' && Object.keys(properties).length > 0 && { properties }),
    })),
    batch,
    source: 'cli',
    ...(reason !== undefined && { reason }),
    ...(until !== undefined && { until }),
    ...(allowCallingRemoval && { allowCallingRemoval }),
  };
}
