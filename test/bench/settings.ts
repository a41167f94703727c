import { LOCAL_TOKEN } from '../../infra/local/stack.ts';

/** What the app needs to start, beside the environment of a program. */
export const toAppSettings = (connectionString: string, webexApiUrl: string) => ({
  AzureWebJobsStorage: connectionString,
  WEBEX_ACCESS_TOKEN: LOCAL_TOKEN,
  WEBEX_API_URL: webexApiUrl,
  INVENTORY_SCHEDULE: '0 0 5 * * *',
  // What is measured removes more than anybody may in earnest.
  REMOVALS_PER_HOUR: 'off',
  REMOVALS_PER_DAY: 'off',
  CALLING_REMOVALS_PER_HOUR: 'off',
  CALLING_REMOVALS_PER_DAY: 'off',
  SWEEP_SCHEDULE: '0 0 0 1 1 *',
});
