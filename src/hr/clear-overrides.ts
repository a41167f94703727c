import type { Log } from '../platform/log.ts';
import { toPersonKey } from '../requests/record/person.ts';
import { type ReconcileDeps, type Reconciliation, reconcileEmployee } from './reconcile-employee.ts';

/** Ends all overrides of a person: what was asked for directly until now no longer stands against the policy. */
export function clearOverrides(
  deps: ReconcileDeps,
  who: { readonly email: string } | { readonly personId: string },
  log: Log,
): Promise<Reconciliation | undefined> {
  const clearedAt = deps.clock();
  return reconcileEmployee(
    deps,
    toPersonKey({ person: who }),
    { change: (person) => ({ ...person, clearedAt }) },
    log,
  );
}
