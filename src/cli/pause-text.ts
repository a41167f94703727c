import * as z from 'zod';
import { say } from './terminal.ts';

/** A pause as the HTTP functions show it. */
export const pauseSchema = z.object({
  paused: z.boolean(),
  removals: z.boolean().optional(),
  source: z.string().optional(),
  reason: z.string().optional(),
  at: z.string().optional(),
});

/** One line: what is paused, since when, and why. */
export function toPauseText({ removals, source, reason, at }: z.output<typeof pauseSchema>): string {
  const what = removals ? 'all removals' : 'all changes';
  return `paused since ${at}: ${what}${source ? ` of ${source}` : ''} (${reason})`;
}

/** On standard error, beside a list. */
export function sayPause(pause: z.output<typeof pauseSchema> | undefined): void {
  if (pause?.paused) say(`seatline: ${toPauseText(pause)}. End it with seatline resume.`);
}
