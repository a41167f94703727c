import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeText, UnreadableText } from '../platform/text-file.ts';
import { type Policy, PolicyError, parsePolicy } from './policy.ts';
import { toPolicyVersion } from './policy-version.ts';

/** Where the policy is kept. */
export interface PolicyStore {
  /** `unchanged` where it is still the one with this ETag; undefined where there is none. */
  read(
    etag: string | undefined,
  ): Promise<{ readonly content: Uint8Array; readonly etag: string } | 'unchanged' | undefined>;
  /** Keeps a version that is in force, as long as anything refers to it, and as the last good one. */
  keepVersion(version: string, content: Uint8Array): Promise<void>;
  /** The last good policy; undefined where there has not been one. */
  readLastGood(): Promise<Uint8Array | undefined>;
  readVersion(version: string): Promise<Uint8Array | undefined>;
}

/** A version of the policy that is kept. */
export interface KeptVersion {
  readonly version: string;
  /** When it was last seen to be in force. */
  readonly inForceAt: Date;
  readonly etag: string;
}

/** The versions of the policy that are kept. */
export interface PolicyVersions {
  /** Notes that a version is still in force. */
  touchVersion(version: string): Promise<void>;
  /** All of them, page by page. */
  listVersions(): AsyncIterable<readonly KeptVersion[]>;
  /** @returns whether it is gone: false where it was in force again meanwhile */
  removeVersion(version: KeptVersion): Promise<boolean>;
}

/** A policy with the name of its content. */
export interface PolicyInForce {
  readonly policy: Policy;
  /** The same for the same content. */
  readonly version: string;
  /** A policy that was in force; undefined where it is no longer kept. */
  ofVersion(version: string): Promise<Policy | undefined>;
}

/** The policy in force. */
export interface PolicySource {
  /** A bad one is refused, and the last good one stays. @throws where there has not been a good one */
  current(log: Log): Promise<PolicyInForce>;
}

/** What of the saved policies counts, as read just now. */
export interface PolicyStatus {
  readonly inForce: PolicyInForce | undefined;
  /** Why the saved policy is not in force, line by line; undefined where it is. */
  readonly refused: string | undefined;
}

/**
 * Reads the policy that is saved, whatever is in force.
 * @returns what it is, for the health
 * @throws {PolicyError} where there is none, or none that can be in force
 */
export function createPolicyCheck(store: PolicyStore) {
  return async (): Promise<string> => {
    const found = await store.read(undefined);
    if (found === undefined || found === 'unchanged') throw new PolicyError(NO_POLICY);
    try {
      const { rules, leavers } = await parsePolicy(decodePolicy(found.content));
      return `${rules.length} rules, ${leavers.length} for leavers`;
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      throw new PolicyError(
        `The saved policy is refused; the last good one stays in force, if any: ${error.message}`,
      );
    }
  };
}

const NO_POLICY = 'There is no policy: put policy.yaml into the container "policy"';

/** A policy that was saved is in force within ten seconds, its own reading included. */
const CHECK_EVERY_MS = 5_000;

interface SourceDeps {
  readonly store: PolicyStore;
  readonly clock: Clock;
  /** Called before another policy than the one before is in force in this process; where it throws, it is not yet. */
  readonly onChange?: () => Promise<void>;
}

export function createPolicySource({ store, clock, onChange = async () => {} }: SourceDeps): PolicySource & {
  status(log: Log): Promise<PolicyStatus>;
} {
  let inForce: PolicyInForce | undefined;
  const ofVersion = createReadVersion(store);
  let etag: string | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let refused: string | undefined;
  let reading: Promise<void> | undefined;
  return {
    async current(log) {
      if (clock().getTime() - lookedAtMs >= CHECK_EVERY_MS || inForce === undefined) await readAlone(log);
      if (inForce) return inForce;
      throw new PolicyError(refused ?? NO_POLICY);
    },

    async status(log) {
      await readAlone(log);
      return { inForce, refused: refused ?? (inForce ? undefined : NO_POLICY) };
    },
  };

  /** Shared: a second reader would find the saved policy unchanged while the first one still parses it. */
  function readAlone(log: Log): Promise<void> {
    reading ??= readSaved(log).finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function readSaved(log: Log): Promise<void> {
    const found = await store.read(etag);
    if (found !== 'unchanged' && found !== undefined) {
      try {
        const policy = await parsePolicy(decodePolicy(found.content));
        const version = toPolicyVersion(policy);
        await store.keepVersion(version, found.content);
        if (inForce && inForce.version !== version) await onChange();
        inForce = { policy, version, ofVersion };
        refused = undefined;
        log.info('policy-in-force', { rules: policy.rules.length, version });
      } catch (error) {
        if (!(error instanceof PolicyError)) throw error;
        refused = error.message;
        log.warn('policy-refused', { detail: error.message });
        inForce ??= await readLastGood();
      }
      // Last: what could not be kept is read again.
      etag = found.etag;
    }
    lookedAtMs = clock().getTime();
  }

  /** An instance that starts beside a policy that is refused has seen no good one itself. */
  async function readLastGood(): Promise<PolicyInForce | undefined> {
    const content = await store.readLastGood();
    const policy = content && (await parsePolicy(decodePolicy(content)));
    return policy && { policy, version: toPolicyVersion(policy), ofVersion };
  }
}

const MAX_VERSIONS_KEPT = 20;

/** Reads versions that were in force, each once. */
function createReadVersion(store: Pick<PolicyStore, 'readVersion'>): PolicyInForce['ofVersion'] {
  const known = new Map<string, Policy | undefined>();
  return async (version) => {
    if (known.has(version)) return known.get(version);
    const content = await store.readVersion(version);
    const policy = content && (await parsePolicy(decodePolicy(content)));
    if (known.size >= MAX_VERSIONS_KEPT) known.clear();
    known.set(version, policy);
    return policy;
  };
}

function decodePolicy(content: Uint8Array): string {
  try {
    return decodeText(content);
  } catch (error) {
    throw error instanceof UnreadableText ? new PolicyError(`The policy ${error.message}`) : error;
  }
}
