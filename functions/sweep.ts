import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

/** What is due comes first: housekeeping never holds it up. */
app.timer('sweep', {
  schedule: '%SWEEP_SCHEDULE%',
  handler: async (_timer, context) => {
    const log = createLog(context);
    await seatline().sweep(log);
    await seatline().sweepHrBatches();
    await seatline().sweepHrEvents(log);
    await seatline().reportAccess(log);
    await seatline().wakeWaitingForSeats(log);
    await seatline().sweepInventoryRuns(log);
    await seatline().sweepPoison(log);
    await seatline().purgeRequests(log);
    await seatline().purgeHrEvents(log);
    await seatline().purgeKeys(log);
    await seatline().purgeSeatPools(log);
    await seatline().attestAudit(log);
  },
});
