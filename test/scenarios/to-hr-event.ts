import type { HrEvent } from '../../src/hr/hr-event.ts';
import { toAttributes } from '../../src/hr/sources/shape.ts';
import type { HrStep } from './scenario.ts';

/** An HR event of a scenario, as the normalizer of a source makes it. */
export function toHrEvent(hr: HrStep, receivedMs: number): HrEvent {
  const {
    source,
    eventId,
    type,
    employee,
    effective,
    saidAt,
    timeZone,
    attributes,
    status,
    startsOn,
    endsOn,
  } = hr;
  const days = { ...(startsOn !== undefined && { startsOn }), ...(endsOn !== undefined && { endsOn }) };
  return {
    ...{ source, eventId, type, attributes: toAttributes(attributes).attributes },
    kind: type === 'record' ? 'mover' : type,
    occurredAt: new Date(saidAt === undefined ? receivedMs : Date.parse(saidAt)).toISOString(),
    ...(employee.id !== undefined && { employeeId: employee.id }),
    ...(employee.email !== undefined && { email: employee.email.toLowerCase() }),
    ...(effective !== undefined && { effective }),
    ...(timeZone !== undefined && { timeZone }),
    ...(type === 'record' && { employment: { ...(status !== undefined && { status }), ...days } }),
  };
}
