import * as z from 'zod';
import { parseLicenseId } from './license-id.ts';
import { toCanonicalName } from './license-name.ts';

/** A count of units: a number, text in old rows, null, or absent. */
export const count = z
  .union([
    z.null(),
    z.number(),
    z
      .string()
      .regex(/^-?\d+$/)
      .transform(Number),
  ])
  .optional();

/** An enumeration that Webex may extend: the known values, and any other text. */
export type Open<T extends string> = T | (string & Record<never, never>);

type SiteType = Open<'Control Hub managed site' | 'Linked site' | 'Site Admin managed site'>;

/** Reads an open enumeration: any text. */
export const openEnum = <T extends string>() => z.custom<T>((value) => typeof value === 'string');

/** One row of the catalogue. Members that are not named here are kept. */
export const licenseSchema = z.looseObject({
  id: z.string().min(1),
  name: z.string(),
  totalUnits: count,
  consumedUnits: count,
  consumedByUsers: count,
  consumedByWorkspaces: count,
  subscriptionId: z.string().nullish(),
  siteUrl: z.string().nullish(),
  siteType: openEnum<SiteType>().nullish(),
});

export type License = z.output<typeof licenseSchema>;

/** A license with the comparable ids of those that it has taken the place of, as after a renewal. */
export type RenewedLicense = License & { readonly formerIds?: readonly string[] };

export interface LicenseList {
  readonly licenses: readonly License[];
  /** Rows that could not be read: the place in the list, and the members that are wrong. */
  readonly unreadable: readonly { readonly index: number; readonly problem: string }[];
}

/** Reads a catalogue. Unreadable rows are reported; the other rows are kept. */
export const licenseListSchema = z
  .object({ items: z.array(z.unknown()) })
  .transform(({ items }): LicenseList => {
    const rows = items.map((item) => licenseSchema.safeParse(item));
    return {
      licenses: rows.flatMap((row) => (row.success ? [row.data] : [])),
      unreadable: rows.flatMap((row, index) =>
        row.success
          ? []
          : [{ index, problem: row.error.issues.map(({ path }) => path.join('.') || 'row').join(', ') }],
      ),
    };
  });

/** A catalogue that was read before. */
export const catalogueSchema = z.array(licenseSchema);

/** Free units of the pool; negative where it is overdrawn, undefined where Webex gives no counts. */
export const toFreeUnits = ({ totalUnits, consumedUnits }: License): number | undefined =>
  typeof totalUnits === 'number' && typeof consumedUnits === 'number'
    ? totalUnits - consumedUnits
    : undefined;

/** What tells a license's kind: its id where that has a type, else its name before or after the renaming. */
export type LicenseIdentity = Pick<License, 'id' | 'name'>;

/** Such as `BCSTD`; undefined where the id does not tell. */
export const licenseType = ({ id }: LicenseIdentity): string | undefined => parseLicenseId(id)?.type;

/** The known types of ids: each tells the kind of its license, whatever its name. */
const KNOWN_TYPES: ReadonlySet<string> = new Set(
  'BCSTD BCBAS BCCA BCHDO BCRLC UCPREM CXE EE MS CF FMS FTM FTC FSS CE CG HM'.split(' '),
);

const isOf = (types: readonly string[], name: RegExp) => (license: LicenseIdentity) => {
  const type = licenseType(license);
  return type !== undefined && KNOWN_TYPES.has(type)
    ? types.includes(type)
    : name.test(toCanonicalName(license.name));
};

/** `BCSTD` is Webex Calling Professional, whatever its letters suggest. */
export const isWebexCallingProfessional = isOf(['BCSTD'], /^webex calling - professional$/);
export const isWebexCallingBasic = isOf(['BCBAS'], /^webex calling - (basic|standard)$/);
const isWebexCallingWorkspaces = isOf(['BCCA'], /^webex calling - workspaces?$/);
export const isCustomerExperienceEssentials = isOf(['CXE'], /^customer assist$/);
const isWebexCallingOtherwise = isOf([], /^webex calling$/);

/** A line of a person: it needs properties of its own, and its removal destroys number, voicemail and forwarding. */
export const isPersonalCalling = (license: LicenseIdentity): boolean =>
  !isWebexCallingWorkspaces(license) &&
  (isWebexCallingProfessional(license) || isWebexCallingBasic(license) || isWebexCallingOtherwise(license));

/** Comes with every person, and is neither bought nor removed. */
export const isFree = isOf(
  ['FMS', 'FTM', 'FTC', 'FSS'],
  /^(basic messaging|basic space meetings|call on webex\b.*|(free )?screen share)$/,
);
/** Free messaging and meetings, which paid ones need first: error codes 700003 to 700005. */
export const isPrerequisite = isOf(['FMS', 'FTM'], /^(basic messaging|basic space meetings)$/);
const isHybrid = isOf(['CE', 'CG', 'HM'], /^hybrid\b/);
const isHotDesk = isOf(['BCHDO'], /^(webex calling - )?hot ?desk/);

/** Whether the counts of a license are true: free and implicit ones always look full, hybrid ones are wrong. */
export const hasTrueCounts = (license: LicenseIdentity): boolean =>
  ![isFree, isHybrid, isHotDesk].some((isKind) => isKind(license));

/** Whether a license is a pool of paid seats that can run out: it has a subscription and true counts. */
export const isPool = (license: License): boolean =>
  Boolean(license.subscriptionId) && toFreeUnits(license) !== undefined && hasTrueCounts(license);

/** How a license is named: an id, or a name of the catalogue that a subscription and a site may narrow down. */
export type LicenseReference =
  | string
  | {
      readonly name: string;
      readonly subscriptionId?: string | undefined;
      readonly siteUrl?: string | undefined;
    };
