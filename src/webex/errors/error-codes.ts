/** What to do with a failure of the Webex API. */
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

/** The error codes of `PATCH /licenses/users`. Source: https://developer.webex.com/admin/docs/api/v1/licenses */
export const ERROR_CODES: Readonly<Record<number, ErrorCode>> = {
  400: {
    condition: 'location-unknown',
    remedy: 'permanent',
    advice: 'Webex does not know the location: correct properties.locationId.',
  },
  400000: {
    condition: 'license-not-recognized',
    remedy: 'permanent',
    advice: 'The license is not in this organization: compare with the inventory.',
  },
  400112: {
    condition: 'calling-downgrade',
    remedy: 'conflict',
    advice: 'Webex does not change Calling Professional to Standard: remove Professional first.',
  },
  400118: {
    condition: 'messenger-not-managed',
    remedy: 'permanent',
    advice: 'Messenger licenses cannot be managed per person.',
  },
  400216: {
    condition: 'site-not-valid',
    remedy: 'permanent',
    advice: 'The organization has no such meeting site for attendees: correct siteUrls.',
  },
  400404: {
    condition: 'professional-and-standard',
    remedy: 'conflict',
    advice: 'A person has Calling Professional or Standard, not both: remove one in the same request.',
  },
  400406: {
    condition: 'standard-and-attendant-console',
    remedy: 'conflict',
    advice: 'Attendant Console does not go with Calling Standard: use Professional.',
  },
  400407: {
    condition: 'standard-and-customer-experience',
    remedy: 'conflict',
    advice: 'Customer Experience Essentials does not go with Calling Standard: use Professional.',
  },
  400408: {
    condition: 'needs-calling-professional',
    remedy: 'prerequisite',
    advice: 'Attendant Console needs Calling Professional first: add it in the same request.',
  },
  400410: {
    condition: 'customer-experience-downgrade',
    remedy: 'conflict',
    advice: 'Webex does not change Customer Experience Essentials to Calling Standard: remove it first.',
  },
  400411: {
    condition: 'calling-properties-missing',
    remedy: 'permanent',
    advice: 'A Calling license needs its own properties: a phoneNumber, or an extension with its locationId.',
  },
  400413: {
    condition: 'mutually-exclusive',
    remedy: 'conflict',
    advice: 'The person has a license that excludes this one: remove that one first.',
  },
  700003: {
    condition: 'needs-free-messaging',
    remedy: 'prerequisite',
    advice: 'The person needs the free messaging license first.',
  },
  700004: {
    condition: 'needs-free-meeting',
    remedy: 'prerequisite',
    advice: 'The person needs the free meeting license first.',
  },
  700005: {
    condition: 'needs-free-messaging-for-meeting',
    remedy: 'prerequisite',
    advice: 'A meeting license needs the free messaging license first.',
  },
  700006: {
    condition: 'implicit-license',
    remedy: 'permanent',
    advice: 'Screen Share comes with every person and cannot be removed.',
  },
};
