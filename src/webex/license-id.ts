interface LicenseIdParts {
  readonly orgUuid: string;
  /** Such as `BCSTD` or `EE`. */
  readonly type: string;
  readonly uuid: string;
  /** Of licenses that belong to one meeting site. */
  readonly siteUrl?: string;
}

const LICENSE_URI =
  /^ciscospark:\/\/[a-z0-9-]+\/LICENSE\/([0-9a-f-]{36}):([A-Z0-9]+)_([0-9a-f-]{36})(?:_(.+))?$/i;

/**
 * Parses a license id: unpadded base64 of `ciscospark://us/LICENSE/<org>:<TYPE>_<uuid>[_<site>]`.
 * @returns undefined for any other text, such as the ids in Webex's documentation
 */
export function parseLicenseId(id: string): LicenseIdParts | undefined {
  const match = LICENSE_URI.exec(Buffer.from(id, 'base64').toString('utf8'));
  if (!match) return undefined;
  const [, orgUuid = '', type = '', uuid = '', siteUrl] = match;
  return { orgUuid, type: type.toUpperCase(), uuid, ...(siteUrl === undefined ? {} : { siteUrl }) };
}

/**
 * The id for comparison: by its parts, without letter case and cluster; an id of another form is compared without its
 * padding.
 */
export function toComparableId(id: string): string {
  const parts = parseLicenseId(id);
  if (parts === undefined) return id.replace(/(?<!=)=+$/, '');
  const { orgUuid, type, uuid, siteUrl = '' } = parts;
  return `${orgUuid}:${type}_${uuid}_${siteUrl}`.toLowerCase();
}

const ORGANIZATION_URI = /^ciscospark:\/\/[a-z0-9-]+\/ORGANIZATION\/([0-9a-f-]{36})$/i;

/** The uuid in an organization's id; undefined for any other text. */
export const parseOrgId = (id: string): string | undefined =>
  ORGANIZATION_URI.exec(Buffer.from(id, 'base64').toString('utf8'))?.[1];
