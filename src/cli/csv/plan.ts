import type { Api } from '../api.ts';
import type { Column } from './columns.ts';
import { askForecast, type Forecast, type ForecastItem, type Removals } from './forecast.ts';
import type { Mistake, PersonRow, Wish } from './rows.ts';
import { type AskedRow, type PlanOptions, toRequest } from './to-requests.ts';

/** One license of a row, with what would happen. */
export interface PlannedItem {
  readonly wish: Wish;
  readonly forecast: ForecastItem;
  /** Whether the request has it; else it is so already. */
  readonly isSent: boolean;
}

/** A row and what becomes of it. */
export interface PlannedRow {
  readonly row: PersonRow;
  readonly requestId: string;
  /**
   * - `send`: as a request
   * - `before`: it was sent in this batch before
   * - `unchanged`: the row asks for nothing, or for what is so already
   * - `mistake`: it cannot be sent
   */
  readonly kind: 'send' | 'before' | 'unchanged' | 'mistake';
  readonly items: readonly PlannedItem[];
  readonly mistakes: readonly Mistake[];
  /** Whether the people snapshot has the person; undefined where that is not known. */
  readonly isKnown: boolean | undefined;
  /** Of an added Calling license, such as `extension 4711 at Berlin`. */
  readonly line: string;
  /** What is sent. */
  readonly request: object;
}

export interface FilePlan {
  readonly batch: string;
  readonly rows: readonly PlannedRow[];
  readonly removals: Removals | undefined;
  /** When the people were read; undefined where there is no people snapshot. */
  readonly readAt: string | undefined;
  /** Of each FALSE that is not sent: how many people hold the license. */
  readonly heldOfFalse: ReadonlyMap<Column, number>;
}

interface Asked {
  readonly batch: string;
  readonly asked: readonly AskedRow[];
  /** The ids of what was sent in this batch before. */
  readonly before: { has(requestId: string): boolean };
}

/** Asks the app what would happen to each row, and chooses what is sent. */
export async function planRows(
  api: Api,
  { batch, asked, before }: Asked,
  options: PlanOptions,
): Promise<FilePlan> {
  const sendable = asked.filter(
    ({ row, wishes, requestId }) => row.mistakes.length === 0 && wishes.length > 0 && !before.has(requestId),
  );
  const forecast = await askForecast(
    api,
    sendable.map((one) => toRequest(one, one.wishes, batch, options)),
  );
  return {
    ...{ batch, removals: forecast.removals, readAt: forecast.readAt },
    rows: asked.map((one) => {
      const planned = toPlanned(one, forecast, options, before.has(one.requestId));
      const sent = planned.items.filter(({ isSent }) => isSent).map(({ wish }) => wish);
      return { ...planned, request: toRequest(one, sent, batch, options) };
    }),
    heldOfFalse: await countHeldOfFalse(api, asked, batch, options),
  };
}

function toPlanned(
  one: AskedRow,
  forecast: Forecast,
  { all }: PlanOptions,
  isBefore: boolean,
): Omit<PlannedRow, 'request'> {
  const { row, requestId, wishes, callingMistakes } = one;
  const { isKnown, items = [] } = forecast.of.get(requestId) ?? {};
  const planned = items.flatMap((item, index): readonly PlannedItem[] => {
    const wish = wishes[index];
    return wish ? [{ wish, forecast: item, isSent: all === true || isNews(wish, item, isKnown) }] : [];
  });
  const addsCalling = planned.some(
    ({ wish, forecast: { outcome } }) =>
      wish.isCalling && wish.operation === 'add' && outcome !== 'unchanged',
  );
  const failing = planned.filter(({ forecast: { outcome }, isSent }) => outcome === 'fail' && isSent);
  const named = addsCalling && callingMistakes.length > 0 ? callingMistakes : [];
  // A location that cannot be read is the reason why the license lacks one.
  const others = named.length > 0 ? failing.filter(({ wish }) => !wish.isCalling) : failing;
  const refused = forecast.refused.get(requestId);
  const mistakes = [
    ...row.mistakes,
    ...named,
    ...others.map(toMistake),
    ...(refused === undefined ? [] : [{ text: refused }]),
  ];
  const isSending = planned.some(({ isSent }) => isSent);
  return {
    ...{ row, requestId, items: planned, mistakes, isKnown, line: one.line },
    kind: mistakes.length > 0 ? 'mistake' : isBefore ? 'before' : isSending ? 'send' : 'unchanged',
  };
}

/**
 * Whether a wish is more than the people snapshot says already. A removal that is asked for by name is always sent: the
 * person may have got the license since.
 */
function isNews(
  { operation, isListed }: Wish,
  { outcome }: ForecastItem,
  isKnown: boolean | undefined,
): boolean {
  if (operation === 'remove' && isListed) return true;
  // A FALSE for a person who was not there asks for nothing.
  if (operation === 'remove' && isKnown === false) return false;
  return outcome !== 'unchanged';
}

function toMistake({ wish, forecast: { condition, detail, nearest } }: PlannedItem): Mistake {
  const { name, column } = wish;
  const meant = nearest.length > 0 ? ` Did you mean ${nearest.join(' or ')}?` : '';
  const text = IN_A_FILE[condition ?? ''] ?? detail ?? condition ?? 'it would fail';
  return { heading: column.heading, text: `${name}: ${text}${meant}` };
}

/** What to change, in the words of a file in place of those of a request. */
const IN_A_FILE: Readonly<Record<string, string>> = {
  'license-not-recognized': 'no license of the organization is called so.',
  'calling-properties-missing':
    'a Calling license needs a phone number, or an extension with its location: fill in these columns.',
  'calling-location-missing': 'an extension needs its location: fill in the column Location.',
  'calling-removal-not-allowed':
    'its removal destroys number, voicemail and forwarding: --allow-calling-removal allows that.',
};

/** A removal of each FALSE is forecast, and not sent. */
async function countHeldOfFalse(
  api: Api,
  asked: readonly AskedRow[],
  batch: string,
  options: PlanOptions,
): Promise<ReadonlyMap<Column, number>> {
  const counts = new Map<Column, number>();
  if (options.withRemovals) return counts;
  const falses = asked
    .filter(({ row }) => row.mistakes.length === 0)
    .map((one) => ({ one, wishes: one.row.wishes.filter(isFalse) }))
    .filter(({ wishes }) => wishes.length > 0);
  const { of } = await askForecast(
    api,
    falses.map(({ one, wishes }) => toRequest(one, wishes, batch, options)),
  );
  for (const { one, wishes } of falses) {
    const { items = [] } = of.get(one.requestId) ?? {};
    for (const [index, { column }] of wishes.entries())
      if (items[index]?.held) counts.set(column, (counts.get(column) ?? 0) + 1);
  }
  return counts;
}

const isFalse = ({ operation, isListed }: Wish): boolean => operation === 'remove' && !isListed;
