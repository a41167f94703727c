/**
 * The error codes of `PATCH /licenses/users`, with their texts; `{}` stands for what was asked.
 * Source: https://developer.webex.com/admin/docs/api/v1/licenses
 */
const TEXTS = {
  400: 'Unable to find location.',
  400000: 'License not recognized {}',
  400112:
    "Changing a user's Webex Calling license from Professional to Standard is not allowed. The following license(s) could not be applied as requested: {}",
  400118: 'User management of Messenger license {} is not supported',
  400216: 'Request contains invalid attendee siteUrls: {}',
  400404:
    'User cannot have both Webex Calling Professional and Standard License together. The following license(s) could not be applied as requested: {}',
  400406:
    'User cannot have both Webex Calling Standard and Webex Attendant Console licenses together. The following license(s) could not be applied as requested: {}',
  400407:
    'User cannot have both Webex Calling Standard and CX Essential licenses together. The following license(s) could not be applied as requested: {}',
  400408:
    'User needs Webex Calling Professional license to be assigned before assigning Webex Attendant Console: {}',
  400410:
    "Changing a user's license from CX Essential to Webex Calling Standard is not allowed. The following license(s) could not be applied as requested: {}",
  400411:
    'Each Webex Calling license should contain its own calling properties. The following license(s) do not have properties: {}',
  400413:
    'Could not apply the following license(s): {} as the user can be assigned only one of licenses with the offer code from the list:',
  700003:
    'Free teams messaging mandatory for paid teams messaging license. The following license could not be applied as requested: {}',
  700004:
    'Free teams meeting mandatory for paid teams meeting license. The following license could not be applied as requested: {}',
  700005:
    'Free teams messaging mandatory for teams meeting license. The following license(s) could not be applied as requested: {}',
  700006: 'Screen Share {} is implicitly assigned and cannot be removed',
} as const;

export type ErrorCode = keyof typeof TEXTS;

export interface RuleError {
  /** Absent for what Webex refuses without a code of its own. A fault may tell one that is documented nowhere. */
  readonly errorCode?: number;
  readonly description: string;
}

export const toRuleError = (errorCode: ErrorCode, subject: string): RuleError => ({
  errorCode,
  description: TEXTS[errorCode].replace('{}', subject),
});

export const isErrorCode = (code: number): code is ErrorCode => code in TEXTS;
