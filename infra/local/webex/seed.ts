import { createOrganization, type NewLicense } from './new-organization.ts';
import type { NewPerson, Organization } from './organization.ts';

const MAIN = 'Sub100448';
const OTHER = 'Sub217703';
const SITE = 'acme.webex.com';
const EVENTS_SITE = 'acme-events.webex.com';
const CONTROL_HUB = 'Control Hub managed site';

/** Like those of a real organization: names twice, free and hybrid rows without subscription. */
const LICENSES: readonly NewLicense[] = [
  {
    name: 'Webex Calling - Professional',
    kind: 'calling-professional',
    totalUnits: 250,
    consumedUnits: 171,
    subscriptionId: MAIN,
  },
  {
    name: 'Webex Calling - Professional',
    kind: 'calling-professional',
    totalUnits: 40,
    consumedUnits: 39,
    subscriptionId: OTHER,
  },
  {
    name: 'Webex Calling - Standard',
    kind: 'calling-standard',
    totalUnits: 120,
    consumedUnits: 64,
    subscriptionId: MAIN,
  },
  {
    name: 'Webex Calling - Workspaces',
    kind: 'calling-workspaces',
    totalUnits: 60,
    consumedUnits: 41,
    subscriptionId: MAIN,
    workspaces: 41,
  },
  {
    name: 'Webex Attendant Console',
    kind: 'attendant-console',
    totalUnits: 10,
    consumedUnits: 4,
    subscriptionId: MAIN,
  },
  {
    name: 'Customer Experience - Essential',
    kind: 'customer-experience',
    totalUnits: 25,
    consumedUnits: 12,
    subscriptionId: MAIN,
  },
  {
    name: 'Webex Meetings Suite',
    kind: 'meetings',
    totalUnits: 300,
    consumedUnits: 226,
    subscriptionId: MAIN,
    siteUrl: SITE,
    siteType: CONTROL_HUB,
  },
  {
    name: 'Webex Meetings Suite',
    kind: 'meetings',
    totalUnits: 50,
    consumedUnits: 12,
    subscriptionId: OTHER,
    siteUrl: EVENTS_SITE,
    siteType: 'Linked site',
  },
  {
    name: 'Webex Webinars 1000',
    kind: 'webinars',
    totalUnits: 5,
    consumedUnits: 5,
    subscriptionId: MAIN,
    siteUrl: SITE,
    siteType: CONTROL_HUB,
  },
  { name: 'Webex Suite', kind: 'suite', totalUnits: 30, consumedUnits: 8, subscriptionId: OTHER },
  {
    name: 'Advanced Messaging',
    kind: 'messaging',
    totalUnits: 400,
    consumedUnits: 248,
    subscriptionId: MAIN,
  },
  { name: 'Messenger', kind: 'messenger', totalUnits: 20, consumedUnits: 3, subscriptionId: MAIN },
  { name: 'Basic Messaging', kind: 'messaging-basic', totalUnits: 44, consumedUnits: 44 },
  { name: 'Basic Space Meetings', kind: 'meetings-basic', totalUnits: 44, consumedUnits: 44 },
  { name: 'Call on Webex (1:1 call, non-PSTN)', kind: 'call-basic', totalUnits: 44, consumedUnits: 44 },
  { name: 'Screen Share', kind: 'screen-share', totalUnits: 44, consumedUnits: 44 },
  { name: 'Hybrid - Exchange Calendar', kind: 'hybrid', totalUnits: 1, consumedUnits: 0 },
  { name: 'Hybrid - Google Calendar', kind: 'hybrid', type: 'CG', totalUnits: 40, consumedUnits: 0 },
];

const PEOPLE: readonly (readonly [name: string, ...licenses: string[]])[] = [
  ['Ada Lovelace'],
  ['Grace Hopper', 'Advanced Messaging'],
  ['Alan Turing', 'Webex Calling - Standard'],
  ['Katherine Johnson', 'Webex Calling - Professional', 'Advanced Messaging'],
  ['Edsger Dijkstra'],
  ['Barbara Liskov', 'Webex Meetings Suite'],
  ['Donald Knuth'],
  ['Frances Allen', 'Customer Experience - Essential'],
  ['Ken Thompson', 'Webex Calling - Professional', 'Webex Attendant Console'],
  ['Margaret Hamilton', 'Webex Meetings Suite', 'Advanced Messaging'],
  ['Radia Perlman'],
  ['Dennis Ritchie', 'Advanced Messaging'],
  ['Adele Goldberg'],
  ['Niklaus Wirth', 'Webex Calling - Standard'],
  ['Shafi Goldwasser', 'Webex Webinars 1000'],
  ['Tony Hoare'],
  ['Hedy Lamarr', 'Messenger'],
  ['Leslie Lamport'],
  ['Lynn Conway', 'Webex Meetings Suite'],
  ['Vint Cerf'],
  ['Karen Jones', 'Advanced Messaging'],
  ['Robin Milner'],
  ['Sophie Wilson', 'Webex Calling - Professional'],
  ['John Backus'],
];

/** Of Berlin, some of which are for no person. */
const NUMBERS = [
  { phoneNumber: '+4930901820', isMain: true },
  { phoneNumber: '+498001234567', isTollFree: true },
  { phoneNumber: '+4930901821', isService: true },
  { phoneNumber: '+4930901822', isReserved: true },
  { phoneNumber: '+4930901823', state: 'INACTIVE' as const },
  ...[4, 5, 6, 7, 8, 9].map((digit) => ({ phoneNumber: `+493090182${digit}` })),
].map((number) => ({ location: 'Berlin', state: 'ACTIVE' as const, ...number }));

/** The organization Acme, the same at each start. */
export const seedOrganization = (): Organization =>
  createOrganization({
    name: 'Acme',
    licenses: LICENSES,
    people: [
      ...PEOPLE.map(([displayName, ...licenses], index) =>
        toPerson('example.com', displayName, licenses, index),
      ),
      { email: 'partner@contractor.example.net', displayName: 'Pat Partner', isExternal: true },
    ],
    locations: ['Berlin', 'Boston', 'Osaka'],
    features: [
      { location: 'Berlin', extension: '4900', type: 'CALL_QUEUE' },
      { location: 'Berlin', extension: '4901', type: 'CALL_PARK' },
    ],
    numbers: NUMBERS,
  });

/** The first of each name. */
function toPerson(
  domain: string,
  displayName: string,
  licenses: readonly string[],
  index: number,
): NewPerson {
  const email = `${displayName.split(' ')[0]}@${domain}`;
  // Some were never there.
  const lastActivity = `2026-10-${10 + (index % 20)}T09:00:00.000Z`;
  return { email, displayName, licenses, ...(index % 4 !== 3 && { lastActivity }) };
}
