import { toNextQuery, UnknownCursor } from '../http/cursor.ts';
import { type HttpAnswer, TRY_AGAIN_AFTER_SECONDS, toProblem } from '../http/problem.ts';
import { findPerson } from '../people/find-people.ts';
import type { SnapshotPerson } from '../people/person.ts';
import type { PeopleStore } from '../people/ports.ts';
import { listHolders, orRemoved } from '../people/read-snapshot.ts';
import { readManifest, type Snapshot } from '../people/snapshot.ts';
import { findMeant } from '../platform/nearest.ts';
import { type Catalogue, findCandidates } from '../webex/catalogue.ts';
import { orFailure, WebexFailure } from '../webex/errors/failure.ts';
import type { License } from '../webex/license.ts';
import { toPlacedName, toReferenceText } from '../webex/license-names.ts';
import type { RunStore } from './ports.ts';
import { toLicenseRows } from './publish/documents.ts';

interface Deps {
  readonly catalogue: Pick<Catalogue, 'licenses'>;
  readonly people: Pick<PeopleStore, 'read'>;
  readonly runs: Pick<RunStore, 'current'>;
}

/** They name people, and change. */
const NO_STORE = { 'cache-control': 'no-store' };
const CURSOR = /^([\w-]{1,64})\.(\d{1,4})\.(\d{1,9})$/;

/** The licenses of the token's own organization, and the people of its latest people snapshot, over HTTP. */
export function createReadDoors({ catalogue, people: store, runs }: Deps) {
  /** The catalogue with free seats, by name. */
  async function listLicenses(): Promise<HttpAnswer> {
    const licenses = await orFailure(catalogue.licenses());
    if (licenses instanceof WebexFailure) return toUnavailable(licenses);
    return { status: 200, headers: NO_STORE, jsonBody: { items: toLicenseRows(licenses) } };
  }

  /** @param license an id, or a name that one license has */
  async function readLicense(license: string): Promise<HttpAnswer> {
    const licenses = await orFailure(catalogue.licenses());
    if (licenses instanceof WebexFailure) return toUnavailable(licenses);
    const found = findOne(license, licenses);
    return 'status' in found
      ? found
      : { status: 200, headers: NO_STORE, jsonBody: toLicenseRows([found.license])[0] };
  }

  /** Who holds a license, in pages, by the snapshot that the first page was of. @param query its `next` */
  async function listLicenseUsers(license: string, query: URLSearchParams): Promise<HttpAnswer> {
    const place = parsePlace(query.get('next'));
    const snapshot = await readPeopleSnapshot(place?.runId);
    if (!snapshot) return place ? toSnapshotRemoved() : toNoSnapshot('unknown-license');
    if (place && place.bucket >= snapshot.buckets.length) throw new UnknownCursor();
    const found = findOne(license, snapshot.licenses);
    if ('status' in found) return found;
    const { id, name } = found.license;
    const at = snapshot.licenses.findIndex((one) => one.id === id);
    const page = await orRemoved(listHolders(store, snapshot, at, place ?? { bucket: 0, offset: 0 }));
    if (page === undefined) return toSnapshotRemoved();
    const { people, next } = page;
    const cursor = next && `${snapshot.runId}.${next.bucket}.${next.offset}`;
    return {
      status: 200,
      headers: NO_STORE,
      jsonBody: {
        ...{ license: { id, name }, readAt: snapshot.readStartedAt.toISOString() },
        items: people.map(toUser),
        ...(cursor !== undefined && { next: toNextQuery({}, cursor) }),
      },
    };
  }

  /**
   * A person in the latest snapshot, with their licenses when the people were read; else the answer that says why there is
   * none. @param name an address or an id, in any spelling
   */
  async function readInSnapshot(name: string) {
    const snapshot = await readPeopleSnapshot();
    if (!snapshot) return { missing: toNoSnapshot('unknown-person') };
    const readAt = snapshot.readStartedAt.toISOString();
    const person = await findPerson(store, snapshot, name.trim());
    if (!person)
      return { missing: toProblem('unknown-person', { detail: `The people were read at ${readAt}.` }) };
    const { licenses, siteUrls, created } = person;
    const toLicense = (held: number | string) => {
      const { id = '', name: named } =
        typeof held === 'string' ? { id: held } : (snapshot.licenses[held] ?? {});
      return { id, ...(named !== undefined && { name: named }) };
    };
    return {
      ...toUser(person),
      // Absent where Webex did not tell them.
      ...(licenses && { licenses: licenses.map(toLicense) }),
      ...(siteUrls && { siteUrls }),
      ...(created !== undefined && { createdAt: created }),
      readAt,
    };
  }

  /** The latest snapshot, or the one of a run; undefined where it is not kept. */
  async function readPeopleSnapshot(runId?: string): Promise<Snapshot | undefined> {
    const orgId = (await runs.current())?.orgId;
    if (orgId === undefined) return undefined;
    const latest = await readManifest(store, orgId);
    if (runId === undefined || latest?.runId === runId) return latest;
    const previous = await readManifest(store, orgId, 'previous');
    return previous?.runId === runId ? previous : undefined;
  }

  return { listLicenses, readLicense, listLicenseUsers, readInSnapshot, readPeopleSnapshot };
}

function findOne(
  reference: string,
  licenses: readonly License[],
): HttpAnswer | { readonly license: Pick<License, 'id' | 'name'> } {
  const [license, ...others] = findCandidates(reference, licenses);
  if (license === undefined) return toUnknownLicense(reference, licenses);
  if (others.length === 0) return { license };
  const names = [license, ...others].map((one) => `"${toReferenceText(toPlacedName(one))}"`);
  return toProblem('ambiguous-license', { detail: `Name one: ${names.join(' or ')}.` });
}

function toUnknownLicense(reference: string, licenses: readonly Pick<License, 'name'>[]): HttpAnswer {
  const names = findMeant(
    reference,
    licenses.map(({ name }) => name),
  ).join(', ');
  return toProblem('unknown-license', {
    detail: names
      ? `The nearest of the catalogue: ${names}.`
      : 'GET /api/licenses lists those of the catalogue.',
  });
}

/** @throws {UnknownCursor} */
function parsePlace(next: string | null) {
  if (!next) return undefined;
  const [, runId, bucket, offset] = CURSOR.exec(next) ?? [];
  if (runId === undefined) throw new UnknownCursor();
  return { runId, bucket: Number(bucket), offset: Number(offset) };
}

const toUser = ({ id, emails, displayName, isOutside }: SnapshotPerson) => ({
  ...{ personId: id, emails, displayName, type: isOutside ? 'EXTERNAL' : 'INTERNAL' },
});

const toNoSnapshot = (kind: 'unknown-license' | 'unknown-person') =>
  toProblem(kind, {
    detail: 'No inventory run has read the people yet: start one with POST /api/inventory/runs.',
  });

const toSnapshotRemoved = () =>
  toProblem('invalid-request', {
    detail: 'The people snapshot of this list is kept no longer: begin the list again, without next.',
  });

const toUnavailable = ({ condition, retryAfterMs }: WebexFailure) =>
  toProblem('webex-unavailable', {
    detail: condition,
    retryAfterSeconds: retryAfterMs === undefined ? TRY_AGAIN_AFTER_SECONDS : Math.ceil(retryAfterMs / 1_000),
  });
