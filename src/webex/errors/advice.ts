/**
 * What a person can do about a request that ended with such a condition, where no error code says more. A redrive reads
 * the person first where a change may have been applied.
 */
export const ADVICE: Readonly<Record<string, string>> = {
  'token-refused':
    'Webex refused the token of the app: authorize the Service App again, or set a new WEBEX_ACCESS_TOKEN, and redrive it.',
  'permission-missing':
    'Webex does not permit this (403): give the token the scopes that the README names, of an admin who may assign licenses to this person in this organization, and redrive it.',
  'webex-unavailable':
    'Webex was in trouble for as long as it was tried: look at status.webex.com, and redrive it once Webex is well.',
  'no-answer':
    'Webex did not answer for as long as it was tried, and may have made the change: redrive it once Webex is well.',
  'unreadable-answer':
    'Webex answered what cannot be read, and may have made the change: redrive it, and look at WEBEX_API_URL where it goes on.',
  'unanswered-change':
    'An earlier change was never answered and may still arrive: the person is looked at once more. Redrive it where that went on.',
  'conflicting-change':
    'Others changed the person at the same time: see in Control Hub who does, and redrive it.',
  'rate-limited': 'Webex limited the rate for as long as it was tried: redrive it when less is going on.',
  refused:
    'Webex refused it, and not with a code that is known: see what it said, correct the request, and send it anew.',
};
