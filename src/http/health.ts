import type { HttpAnswer } from './problem.ts';

/** Checks one dependency. @returns a finding; throws a named failure for an unhealthy dependency */
export type HealthCheck = () => Promise<string>;

const CHECK_TIMEOUT_MS = 8_000;

/** Runs all checks. 200 where each dependency is healthy, else 503; the answer has the finding of each. */
export async function checkHealth(checks: Readonly<Record<string, HealthCheck>>): Promise<HttpAnswer> {
  const checked = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const),
  );
  const isHealthy = checked.every(([, { ok }]) => ok);
  return {
    status: isHealthy ? 200 : 503,
    headers: { 'cache-control': 'no-store' },
    jsonBody: { status: isHealthy ? 'ok' : 'failing', dependencies: Object.fromEntries(checked) },
  };
}

async function runCheck(check: HealthCheck): Promise<{ ok: boolean; detail: string }> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const failure = new Error(`no answer within ${CHECK_TIMEOUT_MS / 1_000} s`);
    timer = setTimeout(() => reject(failure), CHECK_TIMEOUT_MS);
  });
  try {
    return { ok: true, detail: await Promise.race([check(), timeout]) };
  } catch (error) {
    // The messages of this app's failures hold conditions and codes, and no secret or personal data.
    return { ok: false, detail: error instanceof Error ? error.message : 'unknown failure' };
  } finally {
    clearTimeout(timer);
  }
}
