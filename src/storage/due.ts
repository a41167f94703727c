/** The mark of records that must be looked at, by when. */
export const DUE = 'due';

export const toDueMark = (at: Date): string => `${DUE}.${at.toISOString()}`;

export const isDueMark = (mark: string): boolean => mark.startsWith(`${DUE}.`);

/** What sorts after all that is due by then. */
export const toDueText = (at: Date): string => new Date(at.getTime() + 1).toISOString();
