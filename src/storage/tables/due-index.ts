/** The name of the index keys of records that need a check, by when it is due. */
export const DUE = 'due';
/** The name of the index keys of records that have ended, by when they did. A changed retention changes no row. */
export const ENDED = 'ended';

/** The name of the index keys of records that people search by state, by when a record came into it. */
export const toStateName = (state: string): string => `state-${state}`;
export const toStateKey = (state: string, at: Date): string => `${toStateName(state)}.${at.toISOString()}`;

export const toDueKey = (at: Date): string => `${DUE}.${at.toISOString()}`;
export const toEndedKey = (at: Date): string => `${ENDED}.${at.toISOString()}`;

export const isDueKey = (indexKey: string): boolean => indexKey.startsWith(`${DUE}.`);

/** The index keys of a name whose text is less than `before`, and not less than `from`. */
export interface IndexRange {
  readonly name: string;
  readonly from?: string;
  readonly before: string;
}

export const toDueRange = (at: Date): IndexRange => toRangeUntil(DUE, at);

/** The records that ended longer ago than the retention. */
export const toEndedRange =
  (retentionMs: number) =>
  (at: Date): IndexRange =>
    toRangeUntil(ENDED, new Date(at.getTime() - retentionMs));

/** All keys of a name: `9` sorts after each time. */
export const toWholeRange = (name: string): IndexRange => ({ name, before: '9' });

export const toRangeUntil = (name: string, at: Date): IndexRange => ({
  name,
  before: new Date(at.getTime() + 1).toISOString(),
});

/** The keys from an instant on, and before another. */
export const toRangeBetween = (
  name: string,
  since: Date | undefined,
  until: Date | undefined,
): IndexRange => ({
  name,
  ...(since && { from: since.toISOString() }),
  before: until?.toISOString() ?? '9',
});

/** In milliseconds, until the year 2286: an instant later is a smaller text. */
const LATEST_MS = 9_999_999_999_999;

/** A key of which the newest comes first. */
export const toNewestFirstKey = (name: string, at: Date): string =>
  `${name}.${`${LATEST_MS - at.getTime()}`.padStart(13, '0')}`;

/** All keys of a name with the newest first: `:` sorts after each digit. */
export const toNewestFirstRange = (name: string): IndexRange => ({ name, before: ':' });
