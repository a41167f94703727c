import type { Said, ToSample } from './said.ts';
import { hasLeft, NO_DAY_OF_MOVE } from './vendors.ts';

/**
 * Event-based where that says all: an id and the kind. Else field-based.
 * Sources: https://documentation.bamboohr.com/docs/event-based-webhooks, …/docs/field-based-webhooks
 */
export const toBambooHr: ToSample = (said) => {
  const { kind, employeeId, email, attributes, effective } = said;
  if (employeeId === undefined) return 'BambooHR names people by an employee id: give one';
  if (kind === 'mover' && effective !== undefined) return NO_DAY_OF_MOVE('BambooHR');
  const isMore = email !== undefined || effective !== undefined || Object.keys(attributes).length > 0;
  return isMore || kind === 'leaver' ? toFieldBased(said) : toEventBased(said);
};

const toEventBased = ({ kind, employeeId, at }: Said) => ({
  type: kind === 'joiner' ? 'employee.created' : 'employee.updated',
  timestamp: at.toISOString().replace(/\.\d+Z$/, '+0000'),
  data: { companyId: '12345', employeeId, changedFields: kind === 'joiner' ? [] : ['jobTitle'] },
});

function toFieldBased(said: Said) {
  const { kind, employeeId, email, attributes, effective, at } = said;
  const fields = {
    ...(email && { workEmail: email }),
    ...(effective && { [kind === 'joiner' ? 'hireDate' : 'terminationDate']: effective }),
    status: hasLeft(said) ? 'Inactive' : 'Active',
    ...attributes,
  };
  const wrapped = Object.entries(fields).map(([name, value]) => [name, { value }]);
  return {
    employees: [
      {
        id: employeeId,
        action: kind === 'joiner' ? 'Created' : 'Updated',
        timestamp: at.toISOString(),
        fields: Object.fromEntries(wrapped),
      },
    ],
  };
}
