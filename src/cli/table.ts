import { toPrintable } from './terminal.ts';
import { cut, padEnd, toWidth } from './words.ts';

export interface Column {
  readonly heading: string;
  /** Columns with the smallest number are shortened first; those without it never, since the next command needs them. */
  readonly shortenAs?: number;
  readonly isNumber?: true;
}

/** A column is not shortened below this. */
const MIN_WIDTH = 12;
const GAP = '  ';

/**
 * Lays out the pages of a table: the header before the first row, and columns as wide as their longest cell so far.
 * Where that is wider than the terminal, cells are shortened; where that is not enough, each row takes several lines.
 * @param columns the first one names the row
 * @param terminalWidth undefined where the output is no terminal: nothing is shortened
 */
export function createTable(
  columns: readonly Column[],
  terminalWidth = toTerminalWidth(),
): (rows: readonly (readonly string[])[]) => readonly string[] {
  let longest = columns.map(({ heading }) => heading.length);
  let isHeaded = false;
  return (rows) => {
    const printable = rows.map((cells) => cells.map(toPrintable));
    longest = longest.map((width, column) =>
      printable.reduce((widest, cells) => Math.max(widest, toWidth(cells[column] ?? '')), width),
    );
    const widths = toWidths(columns, longest, terminalWidth);
    if (widths === undefined) return printable.flatMap((cells) => toRecord(columns, cells, terminalWidth));
    const header = isHeaded || rows.length === 0 ? [] : [columns.map(({ heading }) => heading)];
    isHeaded ||= rows.length > 0;
    return [...header, ...printable].map((cells) => toRow(columns, cells, widths));
  };
}

/** The columns of the terminal; undefined without one. */
export function toTerminalWidth(): number | undefined {
  if (!process.stdout.isTTY) return undefined;
  // biome-ignore lint/style/noProcessEnv: a setting of the terminal, not of Seatline
  const asked = Number(process.env.COLUMNS);
  return Number.isInteger(asked) && asked > 0 ? asked : process.stdout.columns || undefined;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** The widths of the columns; undefined where they cannot be narrow enough. */
function toWidths(
  columns: readonly Column[],
  longest: readonly number[],
  terminalWidth = Number.POSITIVE_INFINITY,
): readonly number[] | undefined {
  const widths = [...longest];
  let beyond = sum(widths) + GAP.length * (widths.length - 1) - terminalWidth;
  const order = columns
    .map(({ shortenAs }, column) => ({ shortenAs, column }))
    .sort((one, other) => (one.shortenAs ?? 0) - (other.shortenAs ?? 0));
  for (const { shortenAs, column } of order) {
    const width = widths[column] ?? 0;
    if (beyond <= 0 || shortenAs === undefined || width <= MIN_WIDTH) continue;
    widths[column] = Math.max(MIN_WIDTH, width - beyond);
    beyond -= width - widths[column];
  }
  return beyond > 0 ? undefined : widths;
}

const toRow = (columns: readonly Column[], cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      return columns[column]?.isNumber ? cell.padStart(width) : padEnd(cut(cell, width), width);
    })
    .join(GAP)
    .trimEnd();

/** A row on several lines: its name, and each further cell with its heading. */
function toRecord(
  columns: readonly Column[],
  [name = '', ...cells]: readonly string[],
  width = 0,
): readonly string[] {
  const lines = [name];
  for (const [index, cell] of cells.entries()) {
    if (cell === '') continue;
    const text = `${columns[index + 1]?.heading.toLowerCase()} ${cell}`;
    const longer = `${lines.at(-1)}${GAP}${text}`;
    if (toWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(`    ${text}`);
  }
  return lines;
}
