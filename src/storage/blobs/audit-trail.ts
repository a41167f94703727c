import { extend, type Tail, toStart } from '../../audit/chain.ts';
import type { AuditEntry } from '../../audit/entry.ts';
import {
  ARCHIVED,
  type AuditAttestations,
  type AuditFiles,
  type AuditTrail,
  toDay,
  toFolder,
} from '../../audit/trail.ts';
import type { Clock } from '../../platform/clock.ts';
import { StorageUnavailable } from '../../platform/storage-unavailable.ts';
import { createBatcher } from '../batcher.ts';
import { ignoreStatus, toStorageError } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { listBlobs, openBlobs, openContainer } from '../resources.ts';
import { createAuditHeads } from '../tables/audit-heads.ts';

/** Of an append blob. Source: https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
const MAX_BLOCKS = 50_000;
/** Appends in one block: below the 4 MiB that every version of the service accepts. */
const MAX_APPENDS_PER_BLOCK = 50;
/** After a refused append the writer begins a new file; when each file refuses, the file is not the cause. */
const MAX_FILES_TRIED = 3;
/** The blob is gone, is full, exists already, or has another length than the writer expects. */
const REFUSED = [404, 409, 412];

interface Deps {
  readonly storage: StorageClients;
  readonly clock: Clock;
  /** Unique to this process: no other process writes to its files. */
  readonly writer: string;
  readonly maxBlocks?: number;
}

/** The file that the writer appends to. */
interface OpenFile {
  readonly day: string;
  readonly name: string;
  readonly tail: Tail;
  readonly bytes: number;
  readonly blocks: number;
}

/**
 * The audit trail in append blobs: `v1/YYYY/MM/DD/<writer>-<number>.ndjson`. Changes that arrive during an append share
 * the next one. After an append with an unknown result the writer begins a new file.
 */
export function createBlobAuditTrail({ storage, clock, writer, maxBlocks = MAX_BLOCKS }: Deps): AuditTrail {
  const inBlob = openBlobs(storage, CONTAINERS.audit);
  const heads = createAuditHeads(storage);
  const safeWriter = writer.replace(/[^\w-]/g, '');
  let open: OpenFile | undefined;
  let filesMade = 0;

  const append = createBatcher<readonly AuditEntry[], void>(
    { maxSize: MAX_APPENDS_PER_BLOCK, callsAtOnce: 1 },
    async (appends) => {
      await write(appends.flat());
      return appends.map(() => undefined);
    },
  );

  return { append: async (changes) => (changes.length > 0 ? append(changes) : undefined) };

  async function write(changes: readonly AuditEntry[]): Promise<void> {
    const at = clock();
    for (let tried = 0; tried < MAX_FILES_TRIED; tried += 1) {
      const file = isUsable(open, at) ? open : await createFile(at);
      // Closed until the append has succeeded.
      open = undefined;
      if (file === undefined) continue;
      const { text, tail } = extend(file.tail, changes, at);
      const body = Buffer.from(text);
      if (!(await appendTo(file, body))) continue;
      open = { ...file, tail, bytes: file.bytes + body.length, blocks: file.blocks + 1 };
      return heads.write(file.day, file.name, tail);
    }
    throw new StorageUnavailable('audit.append', 'AppendRefused', undefined);
  }

  function isUsable(file: OpenFile | undefined, at: Date): file is OpenFile {
    return file !== undefined && file.day === toDay(at) && file.blocks < maxBlocks;
  }

  /** Undefined where the file exists. */
  async function createFile(at: Date): Promise<OpenFile | undefined> {
    filesMade += 1;
    const day = toDay(at);
    const name = `${safeWriter}-${filesMade}.ndjson`;
    const path = `${toFolder(day)}${name}`;
    const options = {
      conditions: { ifNoneMatch: '*' },
      // Lines name people.
      blobHTTPHeaders: { blobContentType: 'application/x-ndjson', blobCacheControl: 'no-store' },
    };
    const created = await inBlob('audit.create', path, (blob) =>
      ignoreStatus(REFUSED, blob.getAppendBlobClient().create(options)),
    );
    return created && { day, name, tail: toStart(path), bytes: 0, blocks: 0 };
  }

  /** Whether the file ends with these bytes. The SDK repeats a call after a lost answer; the repetition is refused. */
  async function appendTo({ day, name, bytes }: OpenFile, body: Buffer): Promise<boolean> {
    const path = `${toFolder(day)}${name}`;
    const options = { conditions: { appendPosition: bytes } };
    const appended = await inBlob('audit.append', path, (blob) =>
      ignoreStatus(REFUSED, blob.getAppendBlobClient().appendBlock(body, body.length, options)),
    );
    if (appended) return true;
    const found = await inBlob('audit.read-back', path, (blob) => ignoreStatus([404], blob.getProperties()));
    if (found?.contentLength !== bytes + body.length) return false;
    const content = await inBlob('audit.read-back', path, (blob) =>
      blob.downloadToBuffer(bytes, body.length),
    );
    return content.equals(body);
  }
}

const PATH = /^v1\/(\d{4}\/\d\d\/\d\d)\/([^/]+)$/;

/** The audit files of all writers. */
export function createBlobAuditFiles(storage: StorageClients): AuditFiles & AuditAttestations {
  const inContainer = openContainer(storage, CONTAINERS.audit);
  const inBlob = openBlobs(storage, CONTAINERS.audit);
  const heads = createAuditHeads(storage);
  return {
    readDone: heads.readDone,
    writeDone: heads.writeDone,
    nextDay: heads.nextDay,
    async attest(path, keptDays) {
      const [, day, name] = PATH.exec(path) ?? [];
      if (day && name) await heads.attest(day.replaceAll('/', '-'), name, keptDays);
    },

    async heads(day) {
      const byName = await heads.read(day);
      return new Map([...byName].map(([name, tail]) => [`${toFolder(day)}${name}`, tail]));
    },

    async paths(day) {
      const paths: string[] = [];
      for await (const blobs of listBlobs(inContainer, 'audit.list', { prefix: toFolder(day) }))
        paths.push(...blobs.map(({ name }) => name));
      return paths;
    },

    async read(path) {
      const found = await inBlob('audit.read', path, (blob) =>
        ignoreStatus([404], blob.download()).catch(toArchived),
      );
      return found === ARCHIVED ? found : found?.readableStreamBody && toChunks(found.readableStreamBody);
    },
  };
}

/** Storage answers 409 for a blob in the archive tier. */
function toArchived(error: unknown): typeof ARCHIVED {
  if (toStorageError(error)?.statusCode === 409) return ARCHIVED;
  throw error;
}

async function* toChunks(stream: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}
