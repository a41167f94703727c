import * as z from 'zod';
import { type Answer, NOT_FOUND, toError } from './answer.ts';
import { findHolder, isExtensionTaken, type PhoneNumber } from './lines.ts';
import type { Organization, Person } from './organization.ts';
import { isTrue } from './person-json.ts';

const validationSchema = z.object({ extensions: z.array(z.string()).min(1) });

const EMERGENCY = /^(110|112|911|999)$/;

/**
 * `POST …/actions/validateExtensions/invoke`, of a location or of the whole organization.
 * Source: https://developer.webex.com/calling/docs/api/v1/locations/validate-extensions
 */
export function validateExtensions(
  organization: Organization,
  locationId: string | undefined,
  body: unknown,
): Answer {
  if (locationId !== undefined && !organization.locationIds.has(locationId)) return NOT_FOUND;
  const parsed = validationSchema.safeParse(body);
  if (!parsed.success) return toError(400, 'The request body is not valid');
  const { extensions } = parsed.data;
  const locations = locationId === undefined ? [...organization.locationIds] : [locationId];
  const extensionStatus = extensions.map((extension, index) => ({
    extension,
    ...toState(organization, locations, extension, extensions.indexOf(extension) < index),
  }));
  const isOk = extensionStatus.every(({ state }) => state === 'VALID');
  return { status: 200, body: { status: isOk ? 'OK' : 'ERRORS', extensionStatus } };
}

function toState(
  organization: Organization,
  locations: readonly string[],
  extension: string,
  isRepeated: boolean,
) {
  if (!/^\d{1,10}$/.test(extension))
    return { state: 'INVALID', errorCode: 4910, message: 'Extension must be digits' };
  if (EMERGENCY.test(extension))
    return { state: 'INVALID', errorCode: 4911, message: 'Extension is an emergency number' };
  if (isRepeated)
    return {
      state: 'DUPLICATE_IN_LIST',
      errorCode: 9498,
      message: 'Extension is more than once in the list',
    };
  if (locations.some((locationId) => isExtensionTaken(organization, { locationId, extension })))
    return { state: 'DUPLICATE', errorCode: 9495, message: 'Extension is already in use' };
  return { state: 'VALID' };
}

const DEFAULT_MAX = 2_000;
/** What cannot be asked together with `available`. */
const NOT_WITH_AVAILABLE = ['ownerType', 'reservedNumber'];

/**
 * `GET /telephony/config/numbers`: the numbers, and the extensions of people and queues without a number. A call park has an
 * extension that is not listed.
 * Source: https://developer.webex.com/calling/docs/api/v1/numbers/get-phone-numbers-for-an-organization-with-given-criterias
 */
export function listNumbers(organization: Organization, { searchParams }: URL): Answer {
  const isAvailable = isTrue(searchParams, 'available');
  const isExtension = searchParams.get('numberType') === 'EXTENSION';
  if (isAvailable && (isExtension || NOT_WITH_AVAILABLE.some((name) => searchParams.has(name))))
    return toError(400, 'available cannot be combined with these parameters');
  const max = Number(searchParams.get('max') ?? DEFAULT_MAX);
  const start = Number(searchParams.get('start') ?? 0);
  if (!Number.isInteger(max) || max < 1 || max > DEFAULT_MAX || !Number.isInteger(start) || start < 0)
    return toError(400, 'Invalid max or start');
  const numbers = [...organization.numbers].map(([phoneNumber, row]) =>
    toNumberRow(organization, phoneNumber, row),
  );
  const fits = (row: ReturnType<typeof toExtensionRows>[number] | ReturnType<typeof toNumberRow>) =>
    (!isAvailable || ('phoneNumber' in row && row.owner === undefined)) &&
    (!isExtension || !('phoneNumber' in row)) &&
    ['extension', 'phoneNumber'].every((name) => {
      const asked = searchParams.get(name);
      return asked === null || Reflect.get(row, name) === asked;
    }) &&
    (searchParams.get('locationId') ?? row.location.id) === row.location.id;
  const found = [...numbers, ...toExtensionRows(organization)].filter(fits);
  return {
    status: 200,
    body: { phoneNumbers: found.slice(start, start + max), count: { total: found.length } },
  };
}

const toOwner = ({ id, displayName }: Person) => ({ id, type: 'PEOPLE', firstName: displayName });

const toPlace = ({ locationNames }: Organization, id: string) => ({ id, name: locationNames?.get(id) ?? '' });

function toNumberRow(organization: Organization, phoneNumber: string, row: PhoneNumber) {
  const owner = findHolder(organization, (person) => person.phoneNumber === phoneNumber);
  return {
    phoneNumber,
    ...(owner?.extension !== undefined && { extension: owner.extension }),
    state: row.state,
    phoneNumberType: 'PRIMARY',
    mainNumber: row.isMain ?? false,
    tollFreeNumber: row.isTollFree ?? false,
    isServiceNumber: row.isService ?? false,
    isReservedNumber: row.isReserved ?? false,
    location: toPlace(organization, row.locationId),
    ...(owner && { owner: toOwner(owner) }),
  };
}

function toExtensionRows(organization: Organization) {
  const { people, features, numbers } = organization;
  const toRow = (extension: string, locationId: string, owner: ReturnType<typeof toOwner>) => ({
    ...{ extension, state: 'ACTIVE', phoneNumberType: 'NONE', mainNumber: false, tollFreeNumber: false },
    ...{ location: toPlace(organization, locationId), owner },
  });
  const ofPeople = [...people.values()].flatMap((person) => {
    const { extension, locationId, phoneNumber } = person;
    const isListed = phoneNumber !== undefined && numbers.has(phoneNumber);
    return extension === undefined || locationId === undefined || isListed
      ? []
      : [toRow(extension, locationId, toOwner(person))];
  });
  const ofQueues = [...features.values()].filter(({ type }) => type !== 'CALL_PARK');
  return [
    ...ofPeople,
    ...ofQueues.map(({ extension, locationId, type }) =>
      toRow(extension, locationId, { id: '', type, firstName: '' }),
    ),
  ];
}
