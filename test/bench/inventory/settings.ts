import { LOCAL_TOKEN } from '../../../infra/local/stack.ts';

/** The settings of the app, for a process that is nothing but a worker of inventory runs. */
export const toSettings = (
  connectionString: string,
  apiUrl: string,
  assignments = 'all',
): Record<string, string> => ({
  AzureWebJobsStorage: connectionString,
  WEBEX_ACCESS_TOKEN: LOCAL_TOKEN,
  WEBEX_API_URL: apiUrl,
  INVENTORY_ASSIGNMENTS: assignments,
  INVENTORY_SCHEDULE: '0 0 5 * * *',
  SWEEP_SCHEDULE: '0 * * * * *',
});
