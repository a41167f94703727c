/** Exit codes beside 0. Something failed, or the app could not be called, or refused. */
export const FAILED = 1;
/** An option or a file has to be corrected: nothing was done. */
export const USAGE = 2;
/** A wait ended too early. */
export const UNFINISHED = 3;
