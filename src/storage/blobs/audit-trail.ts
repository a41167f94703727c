import { extend, type Tail, toStart } from '../../audit/chain.ts';
import type { Change } from '../../audit/change.ts';
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
import { callStorage, ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { createAuditHeads } from '../tables/audit-heads.ts';

/** What an append blob takes. Source: https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
const MAX_BLOCKS = 50_000;
/** Appends of one block: together below the 4 MiB that every version of the service takes. */
const MAX_TOGETHER = 50;
/** A file that refuses is left for a new one; when they all do, it is not the file. */
const MAX_FILES_TRIED = 3;
/** The blob is gone, is full, exists already, or is not as long as it should be. */
const REFUSED = [404, 409, 412];

interface Deps {
  readonly storage: StorageClients;
  readonly clock: Clock;
  /** Of this process alone: no other writes to its files. */
  readonly writer: string;
  readonly maxBlocks?: number;
}

/** The file that is added to. */
interface OpenFile {
  readonly day: string;
  readonly name: string;
  readonly tail: Tail;
  readonly bytes: number;
  readonly blocks: number;
}

/**
 * The audit trail in append blobs: `v1/YYYY/MM/DD/<writer>-<number>.ndjson`. What is asked for while an append is under
 * way goes together in the next one. A file of which it is not known how the last append ended is left for a new one.
 */
export function createBlobAuditTrail({ storage, clock, writer, maxBlocks = MAX_BLOCKS }: Deps): AuditTrail {
  const container = () => storage.container(CONTAINERS.audit);
  const create = async () => (await container()).createIfNotExists();
  const heads = createAuditHeads(storage);
  const safeWriter = writer.replace(/[^\w-]/g, '');
  let open: OpenFile | undefined;
  let filesMade = 0;

  const append = createBatcher<readonly Change[], void>(
    { maxSize: MAX_TOGETHER, callsAtOnce: 1 },
    async (appends) => {
      await write(appends.flat());
      return appends.map(() => undefined);
    },
  );

  return { append: async (changes) => (changes.length > 0 ? append(changes) : undefined) };

  async function write(changes: readonly Change[]): Promise<void> {
    const at = clock();
    for (let tried = 0; tried < MAX_FILES_TRIED; tried += 1) {
      const file = isUsable(open, at) ? open : await make(at);
      // Until this append has ended, and for good where it ends badly.
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

  /** Undefined where there is such a file. */
  async function make(at: Date): Promise<OpenFile | undefined> {
    filesMade += 1;
    const day = toDay(at);
    const name = `${safeWriter}-${filesMade}.ndjson`;
    const path = `${toFolder(day)}${name}`;
    const blob = (await container()).getAppendBlobClient(path);
    const made = await callStorage('audit.create', create, () =>
      ignoreStatus(
        REFUSED,
        undefined,
        blob.create({
          conditions: { ifNoneMatch: '*' },
          // Lines name people.
          blobHTTPHeaders: { blobContentType: 'application/x-ndjson', blobCacheControl: 'no-store' },
        }),
      ),
    );
    return made && { day, name, tail: toStart(path), bytes: 0, blocks: 0 };
  }

  /** Whether the file ends in these bytes now. The SDK repeats a call whose answer was lost, and is then refused. */
  async function appendTo({ day, name, bytes }: OpenFile, body: Buffer): Promise<boolean> {
    const blob = (await container()).getAppendBlobClient(`${toFolder(day)}${name}`);
    const appended = await callStorage('audit.append', create, () =>
      ignoreStatus(
        REFUSED,
        undefined,
        blob.appendBlock(body, body.length, { conditions: { appendPosition: bytes } }),
      ),
    );
    if (appended) return true;
    const there = await callStorage('audit.read-back', create, () =>
      ignoreStatus([404], undefined, blob.getProperties()),
    );
    if (there?.contentLength !== bytes + body.length) return false;
    const content = await callStorage('audit.read-back', create, () =>
      blob.downloadToBuffer(bytes, body.length),
    );
    return content.equals(body);
  }
}

const PATH = /^v1\/(\d{4}\/\d\d\/\d\d)\/([^/]+)$/;

/** The files of all writers. */
export function createBlobAuditFiles(storage: StorageClients): AuditFiles & AuditAttestations {
  const container = () => storage.container(CONTAINERS.audit);
  const create = async () => (await container()).createIfNotExists();
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
      const pages = (await container()).listBlobsFlat({ prefix: toFolder(day) }).byPage();
      for (;;) {
        const page = await callStorage('audit.list', create, () => pages.next());
        if (page.done) return paths;
        paths.push(...page.value.segment.blobItems.map(({ name }) => name));
      }
    },

    async read(path) {
      const blob = (await container()).getBlobClient(path);
      const found = await callStorage('audit.read', create, () =>
        ignoreStatus([409], ARCHIVED, ignoreStatus([404], undefined, blob.download())),
      );
      return found === ARCHIVED ? found : found?.readableStreamBody && toPieces(found.readableStreamBody);
    },
  };
}

async function* toPieces(stream: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}
