import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { KINDS, type Organization } from './organization.ts';

/** Keeps the simulated organizations between runs, beside the storage that knows of them; the own one first. */
export async function saveOrganizations(path: string, organizations: readonly Organization[]): Promise<void> {
  const text = JSON.stringify(organizations, (_name, value: unknown) =>
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
    }),
  ),
  people: map(
    z.object({
      id: z.string(),
      email: z.string(),
      aliases: z.array(z.string()).default([]),
      displayName: z.string(),
      isExternal: z.boolean(),
      orgId: z.string().exactOptional(),
      created: z.string().default('2026-01-05T08:00:00.000Z'),
      lastActivity: z.string().exactOptional(),
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
  aliases: map(z.string()).default(() => new Map()),
  locationIds: set,
  locationNames: map(z.string()).exactOptional(),
  siteUrls: set,
  features: map(z.object({ locationId: z.string(), extension: z.string(), type: z.string() })).default(
    () => new Map(),
  ),
  numbers: map(
    z.object({
      locationId: z.string(),
      state: z.enum(['ACTIVE', 'INACTIVE']),
      isReserved: z.boolean().exactOptional(),
      isService: z.boolean().exactOptional(),
      isTollFree: z.boolean().exactOptional(),
      isMain: z.boolean().exactOptional(),
    }),
  ).default(() => new Map()),
});

/** Earlier versions saved one. */
const fileSchema = z.union([
  z.array(organizationSchema).min(1),
  organizationSchema.transform((own) => [own]),
]);

/** Undefined where none were saved yet. @throws where the file is not one of ours */
export async function readSavedOrganizations(path: string): Promise<readonly Organization[] | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const saved = fileSchema.safeParse(toJson(path, text));
  if (saved.success) return saved.data;
  const where = saved.error.issues[0]?.path.join('.');
  throw new Error(
    `${path} has no simulated organization that can be read${where ? ` (${where})` : ''}: ${ADVICE}`,
  );
}

const ADVICE = 'remove it, and the simulator begins with the organization Acme again';

function toJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path} is not JSON: ${ADVICE}`);
  }
}
