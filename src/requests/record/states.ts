export const OPEN_STATES = ['accepted', 'scheduled', 'queued', 'working', 'waiting'] as const;
export const FINAL_STATES = ['succeeded', 'partial', 'failed', 'superseded', 'cancelled'] as const;

export type OpenState = (typeof OPEN_STATES)[number];
export type FinalState = (typeof FINAL_STATES)[number];
export type State = OpenState | FinalState;

/**
 * The legal transitions of a request. A ticket may find it accepted, due, queued, waiting, or left working by a
 * holder that died; the sweep queues again whatever stayed too long; a redrive queues what ended badly.
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
