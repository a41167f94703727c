import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

app.timer('sweep', {
  schedule: '%SWEEP_SCHEDULE%',
  handler: (_timer, context) => seatline().sweep(createLog(context)),
});
