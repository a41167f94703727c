import { isCustomerExperienceEssentials, isPersonalCalling, type LicenseIdentity } from './license.ts';
import { toCanonicalName } from './license-name.ts';

/** Known by name only: its type is not documented. */
export const isAttendantConsole = ({ name }: LicenseIdentity): boolean =>
  /\battendant console\b/.test(toCanonicalName(name));

/** Whether Webex's answer for this license depends on which other Calling licenses the person has. */
export const isInCallingRules = (license: LicenseIdentity): boolean =>
  isPersonalCalling(license) || isAttendantConsole(license) || isCustomerExperienceEssentials(license);
