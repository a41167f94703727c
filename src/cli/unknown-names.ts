import * as z from 'zod';
import { findMeant } from '../platform/nearest.ts';
import { findCandidates } from '../webex/catalogue.ts';
import { licenseSchema } from '../webex/license.ts';
import { parseLicenseId } from '../webex/license-id.ts';
import { type Api, ApiFailure } from './api.ts';
import { say } from './terminal.ts';

const licensesSchema = z.object({ items: z.array(licenseSchema) });

/**
 * Says at once which names no license of the organization has: a request for one is taken, since the license may be bought
 * before it is tried again, and fails.
 */
export async function sayUnknownNames(api: Api, references: readonly string[]): Promise<void> {
  // The app follows the id of a license that has gone to its successor.
  const names = references.filter((reference) => parseLicenseId(reference) === undefined);
  if (names.length === 0) return;
  const licenses = await readLicenses(api);
  for (const name of names) {
    if (licenses.length === 0 || findCandidates(name, licenses).length > 0) continue;
    const meant = findMeant(
      name,
      licenses.map((license) => license.name),
    );
    const hint = meant.length > 0 ? ` Did you mean ${meant.join(' or ')}?` : ' See seatline licenses.';
    say(`seatline: No license of the organization is called "${name}" now.${hint}`);
  }
}

/** None where they cannot be read: the app says itself what is wrong. */
async function readLicenses(api: Api): Promise<z.output<typeof licensesSchema>['items']> {
  try {
    return (await api.get('/licenses', licensesSchema)).items;
  } catch (error) {
    if (error instanceof ApiFailure || error instanceof z.ZodError) return [];
    throw error;
  }
}
