import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

app.timer('sweep', {
  schedule: '%SWEEP_SCHEDULE%',
  handler: async (_timer, context) => {
    await seatline().sweep(createLog(context));
    await seatline().sweepHrEvents();
  },
});
