import { writeDate } from '../../../platform/dates.ts';
import type { ToSample } from './said.ts';
import { toStandard } from './vendors.ts';

/** A body of which the field map of the source reads what is said. */
export const toGeneric: ToSample = (said, { fields, kinds, dates }) => {
  const type = kinds?.[said.kind][0];
  if (fields === undefined || type === undefined)
    return `the "kinds" of the source have no type for a ${said.kind}`;
  const date = (text: string | undefined) => text && writeDate(text, dates[0]);
  const values = [
    ['type', fields.type, type],
    ['eventId', fields.eventId, fields.eventId && said.id],
    ['saidAt', fields.saidAt, fields.saidAt && said.at.toISOString()],
    ['employeeId', fields.employeeId, said.employeeId],
    ['email', fields.email, said.email],
    ['effective', fields.effective, date(said.effective)],
    ...Object.entries(said.attributes).map(([name, value]) => [
      `attribute ${name}`,
      Object.hasOwn(fields.attributes, name) ? fields.attributes[name] : undefined,
      value,
    ]),
  ] as const;
  const unmapped = values.filter(([, pointer, value]) => pointer === undefined && value !== undefined);
  if (unmapped.length > 0)
    return `the "fields" of the source have no place for: ${unmapped.map(([name]) => name).join(', ')}`;
  return values.reduce<object>(
    (body, [, pointer, value]) =>
      pointer === undefined || value === undefined
        ? body
        : Object(place(body, pointer.split('/').slice(1), value)),
    {},
  );
};

/** As a CloudEvent, structured; its data is our own schema, or by the field map. */
export const toWrapped: ToSample = (said, source) => {
  const data = source.fields ? toGeneric(said, source) : toStandard(said, source);
  if (typeof data === 'string') return data;
  return {
    specversion: '1.0',
    id: said.id,
    source: '/seatline/sample',
    type: `com.example.hr.${said.kind}`,
    time: said.at.toISOString(),
    datacontenttype: 'application/json',
    data,
  };
};

/** A value with another one at a pointer; `*` is the first element of a list, as a number is. */
function place(into: unknown, [first, ...rest]: readonly string[], value: string): unknown {
  if (first === undefined) return value;
  const name = first.replaceAll('~1', '/').replaceAll('~0', '~');
  if (name === '*' || name === '0')
    return Array.isArray(into) ? [place(into[0], rest, value)] : [place(undefined, rest, value)];
  const members = typeof into === 'object' && into !== null ? Object.entries(into) : [];
  const own = members.find(([one]) => one === name)?.[1];
  return Object.fromEntries([...members, [name, place(own, rest, value)]]);
}
