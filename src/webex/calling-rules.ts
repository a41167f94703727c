import {
  isCustomerExperienceEssentials,
  isPersonalCalling,
  isWebexCallingBasic,
  isWebexCallingProfessional,
  type LicenseIdentity,
} from './license.ts';
import { toCanonicalName } from './license-name.ts';

/** Known by name only: its type is not documented. */
export const isAttendantConsole = ({ name }: LicenseIdentity): boolean =>
  /\battendant console\b/.test(toCanonicalName(name));

/** Whether Webex's answer for this license depends on which other Calling licenses the person has. */
export const isInCallingRules = (license: LicenseIdentity): boolean =>
  isPersonalCalling(license) || isAttendantConsole(license) || isCustomerExperienceEssentials(license);

/** The licenses of a person beside one that is to be added. */
export interface CallingContext {
  /** Before the change; where it is undefined, no license is said to be missing. */
  readonly held: readonly LicenseIdentity[] | undefined;
  /** By the same change. */
  readonly added: readonly LicenseIdentity[];
  readonly removed: readonly LicenseIdentity[];
}

/**
 * The error code with which Webex would refuse to add a license beside others of Webex Calling.
 * Source: https://developer.webex.com/admin/docs/api/v1/licenses (400112, 400404 to 400410, 400413)
 * @returns undefined where no documented rule is broken, as far as the held licenses are known
 */
export function findCallingConflict(license: LicenseIdentity, context: CallingContext): number | undefined {
  const { held = [], added, removed } = context;
  const removedIds = new Set(removed.map(({ id }) => id));
  const kept = held.filter(({ id }) => !removedIds.has(id));
  const beside = [...kept, ...added].filter(({ id }) => id !== license.id);
  const lost = held.filter(({ id }) => id !== license.id && removedIds.has(id));
  const has = (isKind: (other: LicenseIdentity) => boolean) => beside.some(isKind);
  const loses = (isKind: (other: LicenseIdentity) => boolean) => lost.some(isKind);

  if (isWebexCallingBasic(license)) {
    if (has(isWebexCallingProfessional)) return 400404;
    if (loses(isWebexCallingProfessional)) return 400112;
    if (has(isAttendantConsole)) return 400406;
    if (has(isCustomerExperienceEssentials)) return 400407;
    if (loses(isCustomerExperienceEssentials)) return 400410;
    return has(isWebexCallingBasic) ? 400413 : undefined;
  }
  if (isWebexCallingProfessional(license)) {
    if (has(isWebexCallingBasic)) return 400404;
    return has(isWebexCallingProfessional) ? 400413 : undefined;
  }
  if (isAttendantConsole(license)) {
    if (has(isWebexCallingBasic)) return 400406;
    const isMissing = context.held !== undefined && !has(isWebexCallingProfessional);
    return isMissing ? 400408 : undefined;
  }
  return isCustomerExperienceEssentials(license) && has(isWebexCallingBasic) ? 400407 : undefined;
}
