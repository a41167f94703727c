import { addPerson, type Kind, type License, type Organization, toId, toUuid } from './organization.ts';

const ORG = toUuid('org acme');
const MAIN = 'Sub100448';
const OTHER = 'Sub217703';
const SITE = 'acme.webex.com';
const EVENTS_SITE = 'acme-events.webex.com';
const CONTROL_HUB = 'Control Hub managed site';

type Row = readonly [
  name: string,
  kind: Kind,
  type: string,
  total: number,
  consumed: number,
  more?: Partial<License>,
];

/** Like a real organization: names twice, free and hybrid rows without subscription, odd counts. */
const ROWS: readonly Row[] = [
  ['Webex Calling - Professional', 'calling-professional', 'BCSTD', 250, 171, { subscriptionId: MAIN }],
  ['Webex Calling - Professional', 'calling-professional', 'BCSTD', 40, 39, { subscriptionId: OTHER }],
  ['Webex Calling - Standard', 'calling-standard', 'BCBAS', 120, 64, { subscriptionId: MAIN }],
  [
    'Webex Calling - Workspaces',
    'calling-workspaces',
    'BCCA',
    60,
    41,
    { subscriptionId: MAIN, workspaces: 41 },
  ],
  ['Webex Attendant Console', 'attendant-console', 'BCAC', 10, 4, { subscriptionId: MAIN }],
  ['Customer Experience - Essential', 'customer-experience', 'CXE', 25, 12, { subscriptionId: MAIN }],
  [
    'Webex Meetings Suite',
    'meetings',
    'EE',
    300,
    226,
    { subscriptionId: MAIN, siteUrl: SITE, siteType: CONTROL_HUB },
  ],
  [
    'Webex Meetings Suite',
    'meetings',
    'EE',
    50,
    12,
    { subscriptionId: OTHER, siteUrl: EVENTS_SITE, siteType: 'Linked site' },
  ],
  [
    'Webex Webinars 1000',
    'webinars',
    'EC',
    5,
    5,
    { subscriptionId: MAIN, siteUrl: SITE, siteType: CONTROL_HUB },
  ],
  ['Webex Suite', 'suite', 'WS', 30, 8, { subscriptionId: OTHER }],
  ['Advanced Messaging', 'messaging', 'MS', 400, 248, { subscriptionId: MAIN }],
  ['Messenger', 'messenger', 'JM', 20, 3, { subscriptionId: MAIN, oddCounts: 'text' }],
  ['Basic Messaging', 'messaging-basic', 'FMS', 44, 44],
  ['Basic Space Meetings', 'meetings-basic', 'FTM', 44, 44],
  ['Call on Webex (1:1 call, non-PSTN)', 'call-basic', 'FTC', 44, 44],
  ['Screen Share', 'screen-share', 'FSS', 44, 44, { oddCounts: 'null' }],
  ['Hybrid - Exchange Calendar', 'hybrid', 'CE', 1, 0],
  ['Hybrid - Google Calendar', 'hybrid', 'CG', 40, 0],
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

/** The organization Acme, the same at each start. */
export function seedOrganization(): Organization {
  const licenses = new Map<string, License>();
  for (const [index, [name, kind, type, totalUnits, consumedUnits, more]] of ROWS.entries()) {
    const site = more?.siteUrl ? `_${more.siteUrl}` : '';
    const id = toId(`LICENSE/${ORG}:${type}_${toUuid(`license ${index}`)}${site}`);
    licenses.set(id, { id, name, kind, totalUnits, consumedUnits, workspaces: 0, ...more });
  }
  const organization: Organization = {
    id: toId(`ORGANIZATION/${ORG}`),
    licenses,
    people: new Map(),
    locationIds: new Set(['Berlin', 'Boston', 'Osaka'].map((name) => toId(`LOCATION/${toUuid(name)}`))),
    siteUrls: new Set([SITE, EVENTS_SITE]),
  };
  const toIds = (names: readonly string[]) =>
    names.flatMap((name) => [...licenses.values()].find((license) => license.name === name)?.id ?? []);
  const locationIds = [...organization.locationIds];
  for (const [index, [displayName, ...names]] of PEOPLE.entries()) {
    const email = `${displayName.split(' ')[0]}@example.com`;
    const person = addPerson(organization, { email, displayName, licenses: toIds(names) });
    const locationId = locationIds[index % locationIds.length];
    if (locationId && names.some((name) => name.startsWith('Webex Calling')))
      Object.assign(person, { extension: `${4_000 + index}`, locationId });
  }
  addPerson(organization, {
    email: 'partner@contractor.example.net',
    displayName: 'Pat Partner',
    isExternal: true,
  });
  // The people here are some of those who consume.
  for (const [index, license] of [...licenses.values()].entries())
    license.consumedUnits = ROWS[index]?.[4] ?? 0;
  return organization;
}
