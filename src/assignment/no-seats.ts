/** What to do where a license has no seat left: wait for one, overdraw the pool, or fail. */
export const NO_SEATS = ['wait', 'overage', 'reject'] as const;
export type NoSeats = (typeof NO_SEATS)[number];

export interface NoSeatsPolicy {
  readonly otherwise: NoSeats;
  /** By the id or the name of a license. */
  readonly byLicense: ReadonlyMap<string, NoSeats>;
}
