import type { License } from '../../../../src/webex/license.ts';

const license = (id: string, name: string, subscriptionId: string, siteUrl?: string): License => ({
  ...{ id, name, totalUnits: 10, consumedUnits: 5, subscriptionId },
  ...(siteUrl && { siteUrl }),
});

/** With a name in two subscriptions, and one on two sites. */
export const CATALOGUE: readonly License[] = [
  license('messaging', 'Advanced Messaging', 'Sub100448'),
  license('meetings', 'Webex Meetings Suite', 'Sub100448', 'acme.webex.com'),
  license('events', 'Webex Meetings Suite', 'Sub217703', 'acme-events.webex.com'),
  license('calling-1', 'Webex Calling - Professional', 'Sub100448'),
  license('calling-2', 'Webex Calling - Professional', 'Sub217703'),
];
