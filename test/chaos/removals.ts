import { toChange, toStep } from './steps.ts';
import type { Answered, Call } from './wire.ts';

interface Removed {
  readonly email: string;
  readonly atMs: number;
  readonly isApproved: boolean;
}

/**
 * Counts from outside from whom something is taken: by what Webex did, not by what the app says.
 * @param appMs the clock of the app
 * @param toEmail the address of the person with an id; what is not known is a person of its own
 */
export function createRemovals(
  appMs: () => number,
  toEmail: (personId: string) => string | undefined = () => undefined,
) {
  const removed: Removed[] = [];
  const approved = new Set<string>();
  return {
    /** From now on, nothing that is taken from these people counts. */
    approve(emails: readonly string[]): void {
      for (const email of emails) approved.add(email);
    },
    /** The changes that an answer shows as done. */
    note(call: Call, { status }: Answered) {
      if (toStep(call) !== 'change' || status !== 200) return [];
      const { email: named, personId = '', licenses } = toChange(call);
      const email = named ?? toEmail(personId) ?? personId;
      const done = licenses.map(({ operation }) => ({ email, operation }));
      if (done.some(({ operation }) => operation === 'remove'))
        removed.push({ email, atMs: appMs(), isApproved: approved.has(email) });
      return done;
    },
    people: (): readonly string[] => [...new Set(removed.map(({ email }) => email))],
    /** Each window of this length with more people than the limit. */
    findTooMany(limit: number, windowMs: number): readonly string[] {
      const counted = removed.filter(({ isApproved }) => !isApproved);
      return counted.flatMap(({ atMs: from }) => {
        const within = counted.filter(({ atMs }) => atMs >= from && atMs < from + windowMs);
        const people = new Set(within.map(({ email }) => email)).size;
        return people > limit ? [`${people} people from ${new Date(from).toISOString()} on`] : [];
      });
    },
  };
}
