import { refuseBeyondId, type Said, type ToSample, toDay } from './said.ts';

/** Our own schema. */
export const toStandard: ToSample = ({ kind, employeeId, email, attributes, effective }) => ({
  version: 1,
  type: kind,
  employee: { ...(employeeId && { id: employeeId }), ...(email && { email }) },
  ...(effective && { effective }),
  ...(Object.keys(attributes).length > 0 && { attributes }),
});

/** Source: https://apidocs.hibob.com/reference/webhook-events-v2 */
export const toHiBob: ToSample = (said) =>
  refuseBeyondId('HiBob', said) ?? {
    companyId: 1,
    type: { joiner: 'employee.joined', mover: 'employee.updated', leaver: 'employee.left' }[said.kind],
    triggeredBy: 'system',
    triggeredAt: said.at.toISOString().replace('Z', ''),
    version: 'v2',
    data: { employeeId: said.employeeId },
  };

/** Source: https://developer.tryfinch.com/developer-resources/Webhooks */
export const toFinch: ToSample = (said) =>
  said.kind === 'leaver'
    ? 'Finch has no event for a leaver: see docs/hr-sources/finch.md'
    : (refuseBeyondId('Finch', said) ?? {
        company_id: 'b5e3a7c2-0000-4000-8000-000000000001',
        connection_id: 'b5e3a7c2-0000-4000-8000-000000000002',
        entity_id: 'b5e3a7c2-0000-4000-8000-000000000003',
        event_type: said.kind === 'joiner' ? 'employment.created' : 'employment.updated',
        data: { individual_id: said.employeeId },
      });

/** Source: https://developer.personio.de/v2.0/reference/webhooks */
export const toPersonio: ToSample = (said) =>
  refuseBeyondId('Personio', said) ?? {
    company_id: '1234',
    event_name: {
      joiner: 'employment.started',
      mover: 'employment.updated',
      leaver: 'employment.terminated',
    }[said.kind],
    occurred_at: said.at.toISOString(),
    payload: { person_id: said.employeeId, id: '17' },
    meta: {},
  };

/** Source: https://docs.merge.dev/merge-unified/reading-data/webhooks/merge-webhooks */
export const toMerge: ToSample = (said, { name }) => {
  const { kind, employeeId, email, attributes, effective } = said;
  if (kind === 'mover' && effective !== undefined) return NO_DAY_OF_MOVE('Merge');
  return {
    hook: {
      id: '6f1c',
      event: kind === 'joiner' ? 'employee.created' : 'employee.changed',
      target: `https://<app>.azurewebsites.net/api/hr-events/${name}`,
    },
    linked_account: { id: '29f8', integration: 'BambooHR' },
    data: {
      ...attributes,
      ...(employeeId && { id: employeeId }),
      ...(email && { work_email: email }),
      employment_status: hasLeft(said) ? 'INACTIVE' : 'ACTIVE',
      ...(effective && { [kind === 'joiner' ? 'start_date' : 'termination_date']: toMidnight(effective) }),
      modified_at: said.at.toISOString(),
    },
  };
};

export const NO_DAY_OF_MOVE = (system: string): string =>
  `${system} names no day of a mover: it sends the change when it takes effect, so leave the effective day out`;

/** Whether the status of the employee says already that the employee has left, and not the last day alone. */
export const hasLeft = ({ kind, effective, at }: Said): boolean =>
  kind === 'leaver' && (effective === undefined || effective.slice(0, 10) <= toDay(at));

const toMidnight = (effective: string) => (effective.includes('T') ? effective : `${effective}T00:00:00Z`);
