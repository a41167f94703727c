import { readFile, stat } from 'node:fs/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { CONTAINERS } from '../../src/contract/names.ts';
import { PolicyError, parsePolicy } from '../../src/hr/policy.ts';
import { decodeText } from '../../src/platform/text-file.ts';

export const POLICY_FILE = 'policy.yaml';
const LOOK_EVERY_MS = 500;

export interface OwnPolicy {
  readonly line: string;
  stop(): Promise<void>;
}

interface Options {
  readonly connectionString: string;
  /** The file that was named; without one, `policy.yaml`, where it is there. */
  readonly named: string | undefined;
  readonly print: (text: string) => void;
}

/**
 * Puts a policy of one's own into storage, and again each time the file is saved.
 * @returns undefined where there is none
 * @throws where it is named and not there, or cannot be in force
 */
export async function followOwnPolicy({
  connectionString,
  named,
  print,
}: Options): Promise<OwnPolicy | undefined> {
  const file = named ?? POLICY_FILE;
  const first = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && named === undefined) return undefined;
    throw new Error(`${file} cannot be read (${error.code}).`);
  });
  if (first === undefined) return undefined;
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(
    CONTAINERS.policy,
  );
  const blob = container.getBlockBlobClient('policy.yaml');

  async function put(): Promise<number> {
    const bytes = await readFile(file);
    const { rules } = await parsePolicy(decodeText(bytes));
    await container.createIfNotExists();
    await blob.upload(bytes, bytes.length);
    return rules.length;
  }

  const rules = await put().catch((error: unknown) => {
    throw new Error(`${file}:\n${error instanceof Error ? error.message : error}`);
  });
  let seenMs = first.mtimeMs;
  let isStopped = false;
  let looking: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const { mtimeMs = seenMs } = (await stat(file).catch(() => undefined)) ?? {};
    if (mtimeMs === seenMs || isStopped) return;
    seenMs = mtimeMs;
    try {
      print(`${file} was saved: ${await put()} rules, in force within ten seconds`);
    } catch (error) {
      const why = error instanceof PolicyError || error instanceof Error ? error.message : String(error);
      print(`${file} was saved and is refused; the one before stays in force:\n${why}`);
    }
  }

  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_EVERY_MS);
  return {
    line: `Policy     ${file}: ${rules} rules; save it, and it is in force within ten seconds`,
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await looking;
    },
  };
}
