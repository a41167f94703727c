import { say } from './terminal.ts';

/** 128 and the number of the signal, as shells show it. */
const INTERRUPTED = 130;

let lines: readonly string[] = [];
let end: (() => void) | undefined;

/** Sets what is said if the command is interrupted: what goes on in the app, and how to see it. */
export const onInterruptSay = (...texts: readonly string[]): void => {
  lines = texts;
};

/** Sets what ends the command if it is interrupted, where that is how it ends. */
export const onInterrupt = (work: () => void): void => {
  end = work;
};

/** At Ctrl-C and SIGTERM, says what goes on, and ends as the signal does. */
export function endAtInterrupt(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () =>
      // A progress bar shows the cursor again before.
      setImmediate(() => {
        if (end) return end();
        if (lines.length > 0) say('', ...lines);
        if (process.platform === 'win32') process.exit(INTERRUPTED);
        process.kill(process.pid, signal);
      }),
    );
}
