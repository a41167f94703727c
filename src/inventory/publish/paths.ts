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

interface RunPlace {
  readonly orgId?: string | undefined;
  readonly runId: string;
  readonly readStartedAt?: Date | undefined;
  readonly requestedAt: Date;
}

/** `v1/<org>/YYYY/MM/DD/HH-MM-SSZ_<run>`, in UTC. */
export function toRunFolder({ orgId = UNKNOWN_ORG, runId, readStartedAt, requestedAt }: RunPlace): string {
  const [date = '', time = ''] = (readStartedAt ?? requestedAt).toISOString().split('T');
  return `${toOrgFolder(orgId)}/${date.replaceAll('-', '/')}/${time.slice(0, 8).replaceAll(':', '-')}Z_${runId}`;
}

/** The organization that the licenses belong to, by their ids; else the one that is known. */
export const toOrgId = (licenses: readonly License[], known = UNKNOWN_ORG): string =>
  licenses.map(({ id }) => parseLicenseId(id)?.orgUuid).find(Boolean) ?? known;
