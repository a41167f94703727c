import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

app.timer('publish-inventory', {
  schedule: '%INVENTORY_SCHEDULE%',
  handler: async (_timer, context) => {
    await seatline().startInventoryRun({ trigger: 'timer', force: false }, createLog(context));
  },
});
