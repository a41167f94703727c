import { readFile, stat } from 'node:fs/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { decodeText } from '../../src/platform/text-file.ts';
import { PolicyError, parsePolicy } from '../../src/policy/policy.ts';
import { CONTAINERS } from '../../src/storage/names.ts';

export const POLICY_FILE = 'policy.yaml';
const CHECK_EVERY_MS = 500;

export interface OwnPolicy {
  readonly line: string;
  /** Puts it into storage, and again each time the file is saved. */
  follow(connectionString: string): Promise<{ stop(): Promise<void> }>;
}

interface Options {
  /** The file that was named; without one, `policy.yaml`, where it is there. */
  readonly named: string | undefined;
  readonly print: (text: string) => void;
}

/**
 * Reads a policy of one's own, before anything is started.
 * @returns undefined where there is none
 * @throws where it is named and not there, or cannot be in force
 */
export async function readOwnPolicy({ named, print }: Options): Promise<OwnPolicy | undefined> {
  const file = named ?? POLICY_FILE;
  const first = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && named === undefined) return undefined;
    throw new Error(`${file} cannot be read (${error.code}).`);
  });
  if (first === undefined) return undefined;
  const own = await read(file).catch((error: unknown) => {
    throw new Error(`${file}:\n${error instanceof Error ? error.message : error}`);
  });
  return {
    line: `Policy     ${file}: ${own.rules} rules; save it, and it is in force within ten seconds`,
    follow: (connectionString) => follow(connectionString, { file, own, seenMs: first.mtimeMs, print }),
  };
}

interface PolicyFile {
  readonly bytes: Buffer;
  readonly rules: number;
}

async function read(file: string): Promise<PolicyFile> {
  const bytes = await readFile(file);
  const { rules } = await parsePolicy(decodeText(bytes));
  return { bytes, rules: rules.length };
}

interface Followed {
  readonly file: string;
  readonly own: PolicyFile;
  /** When the file was saved that was read. */
  readonly seenMs: number;
  readonly print: Options['print'];
}

async function follow(connectionString: string, { file, own, print, ...followed }: Followed) {
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(
    CONTAINERS.policy,
  );
  const put = ({ bytes }: PolicyFile) =>
    container.getBlockBlobClient('policy.yaml').upload(bytes, bytes.length);
  await container.createIfNotExists();
  await put(own);
  let { seenMs } = followed;
  let isStopped = false;
  let looking: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const { mtimeMs = seenMs } = (await stat(file).catch(() => undefined)) ?? {};
    if (mtimeMs === seenMs || isStopped) return;
    seenMs = mtimeMs;
    try {
      const saved = await read(file);
      await put(saved);
      print(`${file} was saved: ${saved.rules} rules, in force within ten seconds`);
    } catch (error) {
      const why = error instanceof PolicyError || error instanceof Error ? error.message : String(error);
      print(`${file} was saved and is refused; the one before stays in force:\n${why}`);
    }
  }

  const timer = setInterval(() => {
    looking = looking.then(look);
  }, CHECK_EVERY_MS);
  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await looking;
    },
  };
}
