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

/** The index keys of a name whose text is less than `before`. */
export interface IndexRange {
  readonly name: string;
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
