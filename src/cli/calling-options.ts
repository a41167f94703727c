import * as z from 'zod';
import { findCandidates } from '../webex/catalogue.ts';
import { isPersonalCalling, licenseSchema } from '../webex/license.ts';
import { type Api, UsageFailure } from './api.ts';
import {
  type CallingProperties,
  type ReadText,
  readExtension,
  readLocation,
  readLocations,
  readNumber,
  readRange,
} from './calling-properties.ts';

interface CallingOptions {
  readonly add: readonly string[];
  readonly org?: string;
  readonly location?: string;
  readonly extension?: string;
  readonly range?: string;
  readonly phoneNumber?: string;
}

const OF_OWN_ORG = { why: "those of the token's own organization alone can be" };
const licensesSchema = z.object({ items: z.array(licenseSchema) });

/**
 * Reads the options of an added Calling license. @returns the properties of each license of `--add`
 * @throws {UsageFailure} where an option is wrong, or no license of `--add` is of Calling
 */
export async function readCallingOptions(
  api: Api,
  { add, org, location, extension, range, phoneNumber }: CallingOptions,
): Promise<(license: string) => CallingProperties | undefined> {
  if ([location, extension, range, phoneNumber].every((one) => one === undefined)) return () => undefined;
  const take = (option: string, { value, mistake }: ReadText) => {
    if (mistake !== undefined) throw new UsageFailure(`${option}: ${mistake}.`.replace(/\?\.$/, '?'));
    return value;
  };
  const options = {
    extension: take('--extension', readExtension(extension ?? '')),
    range: take('--range', readRange(range ?? '')),
    phoneNumber: take('--phone-number', readNumber(phoneNumber ?? '')),
  };
  const licenses = org === undefined ? (await api.get('/licenses', licensesSchema)).items : [];
  const isCalling = (license: string) => {
    const found = org === undefined ? findCandidates(license, licenses) : [];
    return (found.length > 0 ? found : [{ id: license, name: license }]).some(isPersonalCalling);
  };
  if (!add.some(isCalling))
    throw new UsageFailure(
      '--location, --extension, --range and --phone-number are of a Calling license, and no --add is one: see seatline licenses.',
    );
  const locations = org === undefined && location !== undefined ? await readLocations(api) : OF_OWN_ORG;
  const locationId = take('--location', readLocation(location ?? '', locations, 'give its id'));
  const properties = Object.fromEntries(
    Object.entries({ locationId, ...options }).filter(([, value]) => value !== undefined),
  );
  return (license) => (isCalling(license) ? properties : undefined);
}
