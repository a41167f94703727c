import type { StoredEntry } from '../ledger/entry.ts';
import type { Ledger, Tickets } from '../ledger/ledger.ts';
import { newPerson, type StoredPerson, toPersonKey } from '../ledger/person.ts';
import type { Clock } from '../platform/clock.ts';
import type { WebexPeople } from '../webex/client.ts';
import { WebexFailure } from '../webex/failure.ts';

interface Deps {
  readonly ledger: Pick<Ledger, 'commit' | 'move'>;
  readonly tickets: Tickets;
  readonly people: WebexPeople;
  readonly clock: Clock;
}

/** @returns why it could not be done, where that is Webex's doing */
export type FollowId = (
  entry: StoredEntry,
  known: StoredPerson | undefined,
) => Promise<WebexFailure | undefined>;

const LOOK_MS = 30_000;
const MOVE_AGAIN_MS = 2_000;

/**
 * Puts the request of a person who is named by id with those of the same person's address, so that both have one
 * turn: Webex is asked once for each id. Nothing is performed here; a ticket leads to where the request is now.
 */
export function createFollowId({ ledger, tickets, people, clock }: Deps): FollowId {
  return async (entry, known) => {
    try {
      const personKey = known?.sameAs ?? (await look(entry, known));
      const isMoved = await ledger.move(entry, personKey);
      // Where the sweep wrote it meanwhile, it is where it was, and this may have been its only ticket.
      await tickets.send(isMoved ? { ...entry, personKey } : entry, isMoved ? 0 : MOVE_AGAIN_MS);
      return undefined;
    } catch (error) {
      if (error instanceof WebexFailure) return error;
      throw error;
    }
  };

  async function look({ request, personKey }: StoredEntry, known: StoredPerson | undefined): Promise<string> {
    const { orgId, person: { personId } = {} } = request ?? {};
    const deadline = new Date(clock().getTime() + LOOK_MS);
    const found = await people.find({ personId }, { orgId, deadline });
    const [email] = found?.emails ?? [];
    if (email === undefined) {
      throw new WebexFailure({ condition: 'person-not-found', remedy: 'look-again-later', errors: [] });
    }
    const sameAs = toPersonKey({ person: { email: email.toLowerCase() }, orgId });
    // Where somebody else was faster, it says the same.
    await ledger.commit({ ...(known ?? newPerson(personKey, clock())), sameAs, updatedAt: clock() }, []);
    return sameAs;
  }
}
