import * as z from 'zod';
import { parseLicenseId } from './license-id.ts';
import { toCanonicalName } from './license-name.ts';

/** Counts come as numbers, as text in old rows, as null, or not at all. */
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

/** An enumeration that Webex may extend: the values known so far, and any other text. */
export type Open<T extends string> = T | (string & Record<never, never>);

export type SiteType = Open<'Control Hub managed site' | 'Linked site' | 'Site Admin managed site'>;

/** Reads an open enumeration: any text. */
export const openEnum = <T extends string>() => z.custom<T>((value) => typeof value === 'string');

const licenseSchema = z.looseObject({
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

/** One row of the catalogue. Members that are not named here are kept as they came. */
export type License = z.output<typeof licenseSchema>;

/** A row that could not be read: where it is in the list, and what is odd about it. */
export interface UnreadableLicense {
  readonly index: number;
  readonly problem: string;
}

export interface LicenseList {
  readonly licenses: readonly License[];
  readonly unreadable: readonly UnreadableLicense[];
}

/** A list may hold odd rows: they are reported, and do not take the others with them. */
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

/** One row alone, with those who hold it where they were asked for. */
export const licenseDetailsSchema = licenseSchema;

/** Units left in the pool; negative where it is overdrawn, undefined where Webex gives no counts. */
export const toFreeUnits = ({ totalUnits, consumedUnits }: License): number | undefined =>
  typeof totalUnits === 'number' && typeof consumedUnits === 'number'
    ? totalUnits - consumedUnits
    : undefined;

/** Whether its units are bought and can run out: the counts of free, hybrid and hot-desk licenses say nothing. */
export const hasPool = (license: License): boolean =>
  typeof license.subscriptionId === 'string' && toFreeUnits(license) !== undefined;

/** What tells a license's kind: its id where that has a type, else its name, old or new. */
export type LicenseIdentity = Pick<License, 'id' | 'name'>;

/** Such as `BCSTD`; undefined where the id does not tell. */
export const licenseType = ({ id }: LicenseIdentity): string | undefined => parseLicenseId(id)?.type;

/** The same in each organization: only the whole id is a key. */
export const licenseUuid = ({ id }: LicenseIdentity): string | undefined => parseLicenseId(id)?.uuid;

/** The types of ids that are known: each tells the kind of its license, whatever the license is called. */
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
export const isWebexCallingWorkspaces = isOf(['BCCA'], /^webex calling - workspaces?$/);
export const isCustomerExperienceEssentials = isOf(['CXE'], /^customer assist$/);
const isWebexCallingOtherwise = isOf([], /^webex calling$/);

/** Any kind of Webex Calling, for people and for workspaces. */
export const isWebexCalling = (license: LicenseIdentity): boolean =>
  isPersonalCalling(license) || isWebexCallingWorkspaces(license);

/** A line of a person: it needs properties of its own, and its removal destroys number, voicemail and forwarding. */
export const isPersonalCalling = (license: LicenseIdentity): boolean =>
  !isWebexCallingWorkspaces(license) &&
  (isWebexCallingProfessional(license) || isWebexCallingBasic(license) || isWebexCallingOtherwise(license));

/** Comes with every person, and is neither bought nor taken away. */
export const isFree = isOf(
  ['FMS', 'FTM', 'FTC', 'FSS'],
  /^(basic messaging|basic space meetings|call on webex\b.*|(free )?screen share)$/,
);
/** Free messaging and meetings, which paid ones need first: error codes 700003 to 700005. */
export const isPrerequisite = isOf(['FMS', 'FTM'], /^(basic messaging|basic space meetings)$/);
const isHybrid = isOf(['CE', 'CG', 'HM'], /^hybrid\b/);
const isHotDesk = isOf(['BCHDO'], /^(webex calling - )?hot ?desk/);

/** Whether its counts are those of who uses it: free and implicit ones always look full, hybrid ones have nonsense. */
export const hasTrueCounts = (license: LicenseIdentity): boolean =>
  ![isFree, isHybrid, isHotDesk].some((isKind) => isKind(license));

/**
 * Whether a license is a pool of seats that somebody pays for and that can run out. Free and implicit ones always
 * look full, hybrid ones have nonsense for counts, and none of them has a subscription.
 */
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
