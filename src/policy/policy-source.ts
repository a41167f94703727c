import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeText, UnreadableText } from '../platform/text-file.ts';
import { type Policy, PolicyError, parsePolicy } from './policy.ts';

/** Where the policy is kept. */
export interface PolicyStore {
  /** `unchanged` where it is still the one with this ETag; undefined where there is none. */
  read(
    etag: string | undefined,
  ): Promise<{ readonly content: Uint8Array; readonly etag: string } | 'unchanged' | undefined>;
}

/** The policy in force. */
export interface PolicySource {
  /** A bad one is refused, and the last good one stays. @throws where there has not been a good one */
  current(log: Log): Promise<Policy>;
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

export function createPolicySource({ store, clock }: { store: PolicyStore; clock: Clock }): PolicySource {
  let inForce: Policy | undefined;
  let etag: string | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let refused: string | undefined;
  return {
    async current(log) {
      if (clock().getTime() - lookedAtMs >= CHECK_EVERY_MS || inForce === undefined) {
        const found = await store.read(etag);
        lookedAtMs = clock().getTime();
        if (found !== 'unchanged' && found !== undefined) {
          etag = found.etag;
          try {
            inForce = await parsePolicy(decodePolicy(found.content));
            refused = undefined;
            log.info('policy-in-force', { rules: inForce.rules.length });
          } catch (error) {
            if (!(error instanceof PolicyError)) throw error;
            refused = error.message;
            log.warn('policy-refused', { detail: error.message });
          }
        }
      }
      if (inForce) return inForce;
      throw new PolicyError(refused ?? NO_POLICY);
    },
  };
}

function decodePolicy(content: Uint8Array): string {
  try {
    return decodeText(content);
  } catch (error) {
    throw error instanceof UnreadableText ? new PolicyError(`The policy ${error.message}`) : error;
  }
}
