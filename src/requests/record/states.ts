export const OPEN_STATES = ['accepted', 'scheduled', 'queued', 'working', 'waiting'] as const;
export const FINAL_STATES = ['succeeded', 'partial', 'failed', 'superseded', 'cancelled'] as const;

export type OpenState = (typeof OPEN_STATES)[number];
export type FinalState = (typeof FINAL_STATES)[number];
export type State = OpenState | FinalState;

/**
 * The legal transitions of a request. A work message may find it accepted, scheduled, queued, waiting, or left
 * working by a crashed worker; the sweep queues overdue requests again; a redrive queues dead letters.
 */
const TRANSITIONS: Readonly<Record<State, readonly State[]>> = {
  accepted: ['queued', 'working', 'waiting', 'failed', 'superseded', 'cancelled'],
  scheduled: ['queued', 'working', 'waiting', 'failed', 'superseded', 'cancelled'],
  queued: ['queued', 'working', 'waiting', 'failed', 'superseded', 'cancelled'],
  working: ['queued', 'working', 'waiting', 'succeeded', 'partial', 'failed', 'superseded'],
  waiting: ['queued', 'working', 'waiting', 'failed', 'superseded', 'cancelled'],
  succeeded: [],
  partial: ['queued'],
  failed: ['queued'],
  superseded: [],
  cancelled: [],
};

export const isLegal = (from: State, to: State): boolean => TRANSITIONS[from].includes(to);

export const isOpen = (state: State): state is OpenState => (OPEN_STATES as readonly State[]).includes(state);
