import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { KINDS, type Organization } from './organization.ts';

/** Keeps the simulated organization between runs, beside the storage that knows of it. */
export async function saveOrganization(path: string, organization: Organization): Promise<void> {
  const text = JSON.stringify(organization, (_name, value: unknown) =>
    value instanceof Map || value instanceof Set ? [...value] : value,
  );
  await writeFile(path, text);
}

const set = z.array(z.string()).transform((items) => new Set(items));
const map = <T>(value: z.ZodType<T>) =>
  z.array(z.tuple([z.string(), value])).transform((entries) => new Map(entries));
const sites = map(z.enum(['HOST', 'ATTENDEE']));

const organizationSchema = z.object({
  id: z.string(),
  licenses: map(
    z.object({
      id: z.string(),
      name: z.string(),
      kind: z.enum(KINDS),
      totalUnits: z.number(),
      consumedUnits: z.number(),
      workspaces: z.number(),
      subscriptionId: z.string().exactOptional(),
      siteUrl: z.string().exactOptional(),
      siteType: z.string().exactOptional(),
      oddCounts: z.enum(['text', 'null']).exactOptional(),
    }),
  ),
  people: map(
    z.object({
      id: z.string(),
      email: z.string(),
      displayName: z.string(),
      isExternal: z.boolean(),
      licenses: set,
      pendingLicenses: set,
      sites,
      pendingSites: sites,
      extension: z.string().exactOptional(),
      phoneNumber: z.string().exactOptional(),
      locationId: z.string().exactOptional(),
      unknownLooks: z.number(),
      unknownUntilMs: z.number().exactOptional(),
    }),
  ),
  locationIds: set,
  siteUrls: set,
});

/** Undefined where none was saved yet. @throws where the file is not one of ours */
export async function readSavedOrganization(path: string): Promise<Organization | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : organizationSchema.parse(JSON.parse(text));
}
