import type { Clock } from '../platform/clock.ts';
import { createInOrder } from '../platform/in-order.ts';
import type { RequestRecord } from '../requests/record/record.ts';
import type { RequestStore, WorkQueue } from '../requests/store.ts';
import type { WebexNumbers } from '../webex/calling-numbers.ts';
import { createNumberAccess, type NumberAccesses } from './access.ts';
import { type Chosen, chooseNumbers, type NumberAsker, toPools } from './choose.ts';
import { createCountNumbers } from './count.ts';
import { createFindFree } from './find-free.ts';
import type { NumberReservations } from './ports.ts';
import { isOfPool, type NumberKind, toPoolKey, toRefused } from './reservation.ts';
import { decideReservation, mayReserve, settleReservation } from './settle.ts';
import { createSweepNumbers } from './sweep.ts';

export interface NumberDeps {
  readonly reservations: NumberReservations;
  readonly accesses: NumberAccesses;
  readonly webex: WebexNumbers;
  readonly readPhoneNumber: (text: string) => Promise<string | undefined>;
  readonly requestStore: Pick<RequestStore, 'read' | 'waitingForNumbers'>;
  readonly messages: WorkQueue;
  readonly clock: Clock;
}

export type Numbers = ReturnType<typeof createNumbers>;

/**
 * The next free extensions and phone numbers of locations, for all instances: Webex tells which are free, and each is reserved
 * here before it is sent. A reservation outlives the process that made it, and ends with its request.
 */
export function createNumbers({
  accesses,
  webex,
  readPhoneNumber,
  requestStore,
  messages,
  ...stores
}: NumberDeps) {
  const { reservations, clock } = stores;
  const access = createNumberAccess(accesses, clock);
  const findFree = createFindFree({ webex, access, readPhoneNumber, clock });
  const deps = { ...stores, findFree };
  // The requests of one instance do not conflict over the first free number.
  const inOrder = createInOrder();

  return {
    /** @see chooseNumbers */
    choose: (asker: NumberAsker): Promise<Chosen> =>
      inOrder(toPools(asker.orgId, asker.properties).map(toPoolKey).join(' '), () =>
        chooseNumbers(deps, asker),
      ),

    /** Webex says that a chosen number is taken: the request gets another one, and no other request gets this one. */
    async refuse(asker: NumberAsker, kind: NumberKind): Promise<void> {
      const pool = toPools(asker.orgId, asker.properties).find((one) => one.kind === kind);
      if (pool === undefined) return;
      for (const reservation of await reservations.ofRequest(asker.requestId)) {
        if (reservation.item !== asker.item || !isOfPool(reservation, pool)) continue;
        findFree.noteTaken(pool, reservation.number);
        await reservations.write(toRefused(reservation, clock()));
      }
    },

    /** Ends the reservations of requests whose attempt has ended. After a crash, the sweep does it. */
    async settle(records: readonly RequestRecord[]): Promise<void> {
      for (const record of records.filter(mayReserve)) {
        for (const reservation of await reservations.ofRequest(record.requestId)) {
          if (decideReservation(reservation, record) !== 'keep')
            await settleReservation(deps, reservation, record);
        }
      }
    },

    /** Frees what a person was given, who has no Calling license any more by an answer of Webex. */
    async free(personId: string): Promise<void> {
      for (const reservation of await reservations.ofPerson(personId)) {
        await reservations.remove(reservation);
        findFree.noteFreed({ orgId: undefined, range: undefined, ...reservation }, reservation.number);
      }
    },

    /** @see createSweepNumbers */
    sweep: createSweepNumbers({ ...deps, requestStore, messages }),

    /** @see createCountNumbers */
    countLeft: createCountNumbers(deps),

    warnings: access.warnings,
  };
}
