import type { RequestRecord } from './record.ts';

/** The source of the requests that repair a drift. */
export const DRIFT_SOURCE = 'drift';
/** What their caller has as the kind of its event: by it, they are told from those of the policy. */
export const DRIFT_EVENT = 'drift';

/** Whether a request repairs a drift. */
export const isRepair = ({ origin }: Pick<RequestRecord, 'origin'>): boolean =>
  origin?.channel === 'hr' && origin.hrEvent === DRIFT_EVENT;
