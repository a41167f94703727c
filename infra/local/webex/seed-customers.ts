import { createOrganization, type NewLicense } from './new-organization.ts';
import type { Organization } from './organization.ts';

const FREE: readonly NewLicense[] = [
  { name: 'Basic Messaging', kind: 'messaging-basic', totalUnits: 9 },
  { name: 'Basic Space Meetings', kind: 'meetings-basic', totalUnits: 9 },
  { name: 'Screen Share', kind: 'screen-share', totalUnits: 9 },
];

const MESSAGING = { name: 'Advanced Messaging', kind: 'messaging', totalUnits: 20 } as const;
const MEETINGS = {
  name: 'Webex Meetings Suite',
  kind: 'meetings',
  totalUnits: 10,
  siteType: 'Control Hub managed site',
} as const;

/** The organizations that a partner manages beside the own one, the same at each start. */
export const seedCustomers = (): readonly Organization[] => [
  createOrganization({
    name: 'Globex',
    licenses: [
      {
        name: 'Webex Calling - Professional',
        kind: 'calling-professional',
        totalUnits: 5,
        subscriptionId: 'Sub300100',
      },
      { ...MESSAGING, subscriptionId: 'Sub300100' },
      { ...MEETINGS, subscriptionId: 'Sub300100', siteUrl: 'globex.webex.com' },
      ...FREE,
    ],
    people: [
      { email: 'rosalind@globex.example.com', displayName: 'Rosalind Franklin' },
      { email: 'marie@globex.example.com', displayName: 'Marie Curie', licenses: ['Advanced Messaging'] },
      {
        email: 'lise@globex.example.com',
        displayName: 'Lise Meitner',
        licenses: ['Webex Calling - Professional'],
      },
      // Employed at the other customer.
      { email: 'emmy@initech.example.com', displayName: 'Emmy Noether', isExternal: true },
    ],
    locations: ['Vienna'],
  }),
  createOrganization({
    name: 'Initech',
    licenses: [{ ...MESSAGING, subscriptionId: 'Sub300200' }, ...FREE],
    people: [
      { email: 'sofia@initech.example.com', displayName: 'Sofia Kovalevskaya' },
      { email: 'emmy@initech.example.com', displayName: 'Emmy Noether', licenses: ['Advanced Messaging'] },
    ],
    locations: [],
  }),
];
