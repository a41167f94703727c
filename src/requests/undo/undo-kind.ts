/** The kind of the jobs that undo requests. The app names it before it loads their code. */
export const UNDO = 'undo';
