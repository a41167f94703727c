import type { Seats } from '../../src/seats/seats.ts';

/** Seats for tests in which no license runs out. */
export const UNLIMITED_SEATS: Pick<Seats, 'reserve' | 'noSeats'> = {
  reserve: async () => true,
  noSeats: () => 'overage',
};
