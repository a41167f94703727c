/**
 * What to do with a failure of the Webex API: try again (`retry`, `refresh-token`, `look-again-later`), wait, or end the
 * request with what the person needs first (`prerequisite`), holds already (`conflict`), or must correct (`permanent`).
 * `src/worker/wait.ts` makes a wait of it.
 */
export type Remedy =
  | 'retry'
  | 'wait-for-organization'
  | 'wait-for-person'
  | 'refresh-token'
  | 'look-again-later'
  | 'prerequisite'
  | 'conflict'
  | 'permanent';

interface ErrorCode {
  readonly condition: string;
  readonly remedy: Remedy;
  readonly advice: string;
}

const code =
  (remedy: Remedy) =>
  (condition: string, advice: string): ErrorCode => ({ condition, remedy, advice });
const permanent = code('permanent');
const conflict = code('conflict');
const prerequisite = code('prerequisite');

/** The error codes of `PATCH /licenses/users`. Source: https://developer.webex.com/admin/docs/api/v1/licenses */
export const ERROR_CODES: Readonly<Record<number, ErrorCode>> = {
  400: permanent('location-unknown', 'Webex does not know the location: correct properties.locationId.'),
  400000: permanent(
    'license-not-recognized',
    'The license is not in this organization: compare with the inventory.',
  ),
  400112: conflict(
    'calling-downgrade',
    'Webex does not change Calling Professional to Standard: remove Professional first.',
  ),
  400118: permanent('messenger-not-managed', 'Messenger licenses cannot be managed per person.'),
  400216: permanent(
    'site-not-valid',
    'The organization has no such meeting site for attendees: correct siteUrls.',
  ),
  400404: conflict(
    'professional-and-standard',
    'A person has Calling Professional or Standard, not both: remove one in the same request.',
  ),
  400406: conflict(
    'standard-and-attendant-console',
    'Attendant Console does not go with Calling Standard: use Professional.',
  ),
  400407: conflict(
    'standard-and-customer-experience',
    'Customer Experience Essentials does not go with Calling Standard: use Professional.',
  ),
  400408: prerequisite(
    'needs-calling-professional',
    'Attendant Console needs Calling Professional first: add it in the same request.',
  ),
  400410: conflict(
    'customer-experience-downgrade',
    'Webex does not change Customer Experience Essentials to Calling Standard: remove it first.',
  ),
  400411: permanent(
    'calling-properties-missing',
    'A Calling license needs its own properties: a phoneNumber, or an extension with its locationId.',
  ),
  400413: conflict(
    'mutually-exclusive',
    'The person has a license that excludes this one: remove that one first.',
  ),
  700003: prerequisite('needs-free-messaging', 'The person needs the free messaging license first.'),
  700004: prerequisite('needs-free-meeting', 'The person needs the free meeting license first.'),
  700005: prerequisite(
    'needs-free-messaging-for-meeting',
    'A meeting license needs the free messaging license first.',
  ),
  700006: permanent('implicit-license', 'Screen Share comes with every person and cannot be removed.'),
};
