export interface LicenseIdParts {
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
 * Takes a license id apart: unpadded base64 of `ciscospark://us/LICENSE/<org>:<TYPE>_<uuid>[_<site>]`.
 * @returns undefined for any other text; ids in Webex's documentation, for instance, have no such parts
 */
export function parseLicenseId(id: string): LicenseIdParts | undefined {
  const match = LICENSE_URI.exec(Buffer.from(id, 'base64').toString('utf8'));
  if (!match) return undefined;
  const [, orgUuid = '', type = '', uuid = '', siteUrl] = match;
  return { orgUuid, type, uuid, ...(siteUrl === undefined ? {} : { siteUrl }) };
}

/** `BCSTD` is Webex Calling Professional, whatever its letters suggest. Removing a Calling license destroys number, voicemail and forwarding. */
const CALLING_TYPES: ReadonlySet<string> = new Set(['BCSTD']);
const CALLING_NAME = /^(single license - )?webex calling\b(?!.*workspace)/i;

/** Whether it gives a person a Webex Calling line: by the type in the id, or by name where the id tells nothing. */
export function isCallingLicense({ id, name }: { readonly id: string; readonly name: string }): boolean {
  const type = parseLicenseId(id)?.type;
  return (type !== undefined && CALLING_TYPES.has(type)) || CALLING_NAME.test(name);
}
