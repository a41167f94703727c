import type { Fault } from '../webex/faults.ts';
import type { Organization } from '../webex/organization.ts';

/** One request of the demo: what it shows, how it comes in, and what it says. */
export interface Scenario {
  readonly shows: string;
  readonly via: 'POST' | 'batch' | 'queue, plain JSON' | 'queue, base64 JSON' | 'POST, when he waits';
  readonly request: { readonly requestId: string; readonly person: { readonly email: string } } & Record<
    string,
    unknown
  >;
  readonly fault?: Fault['effect'];
}

/** Who starts today; the directory tells Webex a little later. */
export const LATE_PERSON = { email: 'kay@example.com', displayName: 'Kay McNulty', unknownLooks: 2 };

const WAITING_FOR_A_SEAT = 'robin';
export const SEAT_REQUEST_ID = `demo-${WAITING_FOR_A_SEAT}`;

export const NOT_A_REQUEST = 'please give Ada a license';

const add = (license: string, properties?: object) => ({ license, operation: 'add', properties });

export function toScenarios({ locationIds }: Organization): readonly Scenario[] {
  const [locationId] = locationIds;
  const to = (name: string, ...licenses: readonly object[]) => ({
    requestId: `demo-${name}`,
    person: { email: `${name}@example.com` },
    licenses,
    reason: 'demo',
  });
  return [
    { shows: 'a plain success', via: 'POST', request: to('ada', add('Advanced Messaging')) },
    { shows: 'a no-op: held already', via: 'batch', request: to('grace', add('Advanced Messaging')) },
    {
      shows: 'a 206: one of two was refused',
      via: 'batch',
      request: to('donald', add('Advanced Messaging'), add('Webex Attendant Console')),
    },
    {
      shows: 'a 429 with Retry-After: 2',
      via: 'batch',
      request: to('leslie', add('Advanced Messaging')),
      fault: { kind: 'status', status: 429, retryAfter: '2' },
    },
    {
      shows: 'a 503 after Webex had applied the change',
      via: 'batch',
      request: to('tony', add('Advanced Messaging')),
      fault: { kind: 'status', status: 503, applied: true },
    },
    {
      shows: 'a permanent 400',
      via: 'batch',
      request: to('alan', add('Webex Calling - Professional', { locationId, extension: '4711' })),
    },
    { shows: 'a person who appears late', via: 'batch', request: to('kay', add('Advanced Messaging')) },
    {
      shows: 'a license named in two subscriptions',
      via: 'queue, plain JSON',
      request: {
        version: 1,
        ...to('radia', add('Webex Calling - Professional', { locationId, extension: '4712' })),
      },
    },
    {
      shows: 'a mover: one license for another',
      via: 'queue, base64 JSON',
      request: {
        version: 1,
        ...to('dennis', add('Webex Suite'), { license: 'Advanced Messaging', operation: 'remove' }),
      },
    },
    {
      shows: 'no seat is left: he waits for one',
      via: 'batch',
      request: to(WAITING_FOR_A_SEAT, add('Webex Webinars 1000')),
    },
    {
      shows: 'she gives hers back, and he has it',
      via: 'POST, when he waits',
      request: to('shafi', { license: 'Webex Webinars 1000', operation: 'remove' }),
    },
  ];
}
