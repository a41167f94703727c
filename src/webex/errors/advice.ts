/**
 * What a person can do about a request that ended with a condition, where no error code says more. A redrive reads the
 * person first where a change may have been applied.
 */
export const ADVICE: Readonly<Record<string, string>> = {
  'token-refused':
    'Webex refused the token of the app: authorize the Service App again, or set a new WEBEX_ACCESS_TOKEN, and redrive it.',
  'permission-missing':
    'Webex does not permit this (403): give the token the scopes that the README names, of an admin who may assign licenses to this person in this organization, and redrive it.',
  'webex-unavailable':
    'Webex was unavailable until the retry horizon: see status.webex.com, and redrive it once Webex is available.',
  'no-answer':
    'Webex did not answer until the retry horizon, and may have made the change: redrive it once Webex is available.',
  'unreadable-answer':
    'The answer of Webex cannot be read, and it may have made the change: redrive it, and check WEBEX_API_URL if that fails again.',
  'unanswered-change':
    'An earlier change was never answered and may still arrive, and the person was read again until the retry horizon: redrive it.',
  'people-link-refused':
    'Webex refused the link to the next people four times: begin the inventory run again. Where that goes on, Webex must say why.',
  'people-list-repeats':
    'The list of people of Webex goes round in a circle: begin the inventory run again. Where that goes on, Webex must say why.',
  'conflicting-change':
    'Another program or administrator changed the person at the same time: see Control Hub, and redrive it.',
  'rate-limited': 'Webex limited the rate until the retry horizon: redrive it when there are fewer requests.',
  refused:
    'Webex refused it without a known error code: read its message, correct the request, and submit it again.',
};
