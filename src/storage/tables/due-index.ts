/** The mark of records that must be looked at, by when. */
export const DUE = 'due';
/** The mark of records that have ended, since when: they are removed after the retention, whatever it is by then. */
export const ENDED = 'ended';

/** The mark of records that a person looks for by their state, by when they came into it. */
export const toStateName = (state: string): string => `state-${state}`;
export const toStateKey = (state: string, at: Date): string => `${toStateName(state)}.${at.toISOString()}`;

export const toDueKey = (at: Date): string => `${DUE}.${at.toISOString()}`;
export const toEndedKey = (at: Date): string => `${ENDED}.${at.toISOString()}`;

export const isDueKey = (mark: string): boolean => mark.startsWith(`${DUE}.`);

/** What sorts after all marks of this time and earlier. */
export const toIndexEnd = (at: Date): string => new Date(at.getTime() + 1).toISOString();
