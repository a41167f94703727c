import type { VersionConflict } from '../platform/version-conflict.ts';
import type { NumberPool, NumberReservation, StoredNumberReservation } from './reservation.ts';

/** The port to what is noted of each extension and phone number: one record for each. */
export interface NumberReservations {
  /** Of a location and kind, and within the range of the pool. */
  ofPool(pool: NumberPool): Promise<readonly StoredNumberReservation[]>;
  /** The numbers that are reserved for a request. */
  ofRequest(requestId: string): Promise<readonly StoredNumberReservation[]>;
  /** The numbers that a person was given. */
  ofPerson(personId: string): Promise<readonly StoredNumberReservation[]>;
  /** Adds a record, or replaces the version that was read: of several writers, one wins. */
  write(
    reservation: NumberReservation | StoredNumberReservation,
  ): Promise<StoredNumberReservation | VersionConflict>;
  /** Whether it is gone: false on a version conflict. */
  remove(reservation: StoredNumberReservation): Promise<boolean>;
  /** The reservations whose `checkAt` has passed, the oldest first, about `limit`. */
  due(
    at: Date,
    limit: number,
    next?: string,
  ): Promise<{
    readonly reservations: readonly StoredNumberReservation[];
    readonly next: string | undefined;
  }>;
}
