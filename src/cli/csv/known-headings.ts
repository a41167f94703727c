/**
 * Columns of Control Hub's file about the person, folded. They are left alone.
 * Source: https://help.webex.com/article/afv3q8
 */
export const PERSON_HEADINGS: ReadonlySet<string> = new Set([
  ...['first name', 'last name', 'display name', 'user status', 'title', 'department', 'manager'],
  ...['last service accessed time', 'days since last service accessed'],
  ...['caller id number', 'caller id first name', 'caller id last name'],
  ...['preferred language', 'time zone', 'address type', 'country', 'street', 'city', 'state', 'zip code'],
  ...['employee number', 'cost center', 'division', 'organization', 'nickname', 'user type'],
]);

/** Columns about features that are no license, folded. They have TRUE and FALSE, too, and are left alone. */
export const FEATURE_HEADINGS: ReadonlySet<string> = new Set([
  ...['jabber with webex teams', 'jabber calling', 'uc manager profile', 'contact migration required'],
  ...['upgrade profile', 'calling behavior', 'calling behavior uc manager profile'],
  ...['calendar service', 'hybrid calendar service resource group', 'hybrid call service resource group'],
  ...['hybrid message service resource group', 'call service aware', 'call service connect'],
  ...['enterprise content management', 'hybrid calendar service (exchange)'],
  ...['hybrid calendar service (google)', 'hybrid message service', 'webex meeting assistant'],
]);
