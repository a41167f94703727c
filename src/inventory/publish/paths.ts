import type { License } from '../../webex/license.ts';
import { parseLicenseId } from '../../webex/license-id.ts';

/** Where the organization is not known: the catalogue was never read. */
export const UNKNOWN_ORG = 'unknown-org';
export const MANIFEST = 'manifest.json';
export const STATUS = 'status.json';
export const ASSIGNMENTS = 'assignments.ndjson.gz';
export const ASSIGNMENTS_DIFF = 'assignments-diff.ndjson.gz';
export const REPORT = 'report.html';
export const SCHEMAS_FOLDER = 'v1/schemas';

/** `v1/<org>`: what all paths of an organization's snapshots begin with, below the container. */
export const toOrgFolder = (orgId: string): string => `v1/${orgId}`;

export const toLatestFolder = (orgId: string): string => `${toOrgFolder(orgId)}/latest`;

/** The organization that the licenses belong to, by their ids; else the one that is known. */
export const toOrgId = (licenses: readonly License[], known = UNKNOWN_ORG): string =>
  licenses.map(({ id }) => parseLicenseId(id)?.orgUuid).find(Boolean) ?? known;
