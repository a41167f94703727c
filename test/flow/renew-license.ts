import type { License, Organization } from '../../infra/local/webex/organization.ts';

/** As a renewal of its subscription does: the same license, with another id. */
export function renewLicense(
  { licenses }: Organization,
  license: License,
  serial: number,
  more: Partial<License> = {},
): License {
  licenses.delete(license.id);
  const uri = Buffer.from(license.id, 'base64').toString();
  const id = Buffer.from(
    uri.replace(/[0-9a-f]{8}(?=-[0-9a-f-]{27}(_|$))/, `${serial}`.padStart(8, 'e')),
  ).toString('base64url');
  const renewed = { ...license, id, ...more };
  licenses.set(id, renewed);
  return renewed;
}
