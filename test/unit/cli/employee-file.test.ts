import { describe, expect, test } from '@jest/globals';
import { readEmployeeFile } from '../../../src/cli/employee-file.ts';
import { decodeText } from '../../../src/platform/text-file.ts';

const read = (text: string) => readEmployeeFile(text);
const ada = { employeeId: '901', email: 'ada@example.com', attributes: { department: 'Sales' } };
const mistake = (text: string) => {
  try {
    read(text);
  } catch (error) {
    return String(error);
  }
  return 'none';
};

describe('a file of employees is read', () => {
  test.each([
    ['with commas', 'employeeId,email,department\n901,ada@example.com,Sales\n'],
    ['with semicolons', 'employeeId;email;department\n901;ada@example.com;Sales\n'],
    ['with tabs', 'employeeId\temail\tdepartment\n901\tada@example.com\tSales\n'],
    [
      'with a line that names the delimiter',
      'sep=;\r\nemployeeId;email;department\r\n901;ada@example.com;Sales\r\n',
    ],
    ['with headings as people write them', 'Employee ID, E-Mail ,department\n901, Ada@Example.com ,Sales\n'],
    ['with snake case', 'employee_id,email_address,department\n901,ada@example.com,Sales\n'],
    ['with empty rows', 'employeeId,email,department\n,,\n901,ada@example.com,Sales\n,,\n\n'],
    ['with empty columns at the end', 'employeeId,email,department,,\n901,ada@example.com,Sales,,\n'],
    ['with empty cells past the headings', 'employeeId,email,department\n901,ada@example.com,Sales,,\n'],
    ['cut short', 'employeeId,email,department,building\n901,ada@example.com,Sales\n'],
    ['with cells to be shown as text', 'employeeId,email,department\n"=""901""",ada@example.com,Sales\n'],
    ['as JSON', '[{"employeeId":901,"email":"ada@example.com","attributes":{"department":"Sales"}}]'],
  ])('%s', (_what, text) => {
    expect(read(text)).toEqual([ada]);
  });

  test.each([
    ['with commas', 'employeeId,email,groups[]\n901,ada@example.com,Sales; Webex Users ;\n'],
    ['with semicolons', 'employeeId;email;groups []\n901;ada@example.com;"Sales;Webex Users"\n'],
    ['with a line for each', 'employeeId,email,groups[]\n901,ada@example.com,"Sales\r\nWebex Users"\n'],
    [
      'as JSON',
      '[{"employeeId":901,"email":"ada@example.com","attributes":{"groups":["Sales","Webex Users"]}}]',
    ],
  ])('that belong to groups, %s', (_what, text) => {
    expect(read(text)).toEqual([{ ...ada, attributes: { groups: ['Sales', 'Webex Users'] } }]);
  });

  test('in which a cell of a list is long, and an empty one tells nothing', () => {
    const groups = Array.from({ length: 100 }, (_, index) => `Group ${index}`);
    const text = `employeeId,email,groups[]\n901,ada@example.com,${groups.join(';')}\n902,eve@example.com,\n`;
    expect(read(text).map(({ attributes }) => attributes)).toEqual([{ groups }, {}]);
    expect(mistake('employeeId,email,groups,groups[]\n901,ada@example.com,a,b\n')).toMatch(/groups twice/);
  });

  test('with the quoted line feeds and delimiters of a cell', () => {
    const text = 'employeeId,email,department\r\n901,ada@example.com,"Sales,\r\nEMEA"\r\n';
    expect(read(text)[0]?.attributes).toEqual({ department: 'Sales,\r\nEMEA' });
  });
});

describe('a file with a mistake is refused whole, and says where it is:', () => {
  const header = 'employeeId,email,department\n';
  const many = Array.from({ length: 1_010 }, (_, index) => `${index},p${index}@example.com,Sales`).join('\n');
  test.each([
    [
      'no id',
      'ID Number,email\n901,ada@example.com',
      /row 1: has no column employeeId; it has ID Number, email/,
    ],
    ['no address', 'employeeId,Contact\n901,ada@example.com', /row 1: has no column email/],
    ['two ids', 'employeeId,Employee ID,email\n1,2,ada@example.com', /row 1: has 2 columns for employeeId/],
    [
      'one heading twice',
      'employeeId,email,team,team\n1,ada@example.com,a,b',
      /row 1: has the column team twice/,
    ],
    ['an empty id', `${header},ada@example.com,Sales`, /row 2, employeeId: must be an id/],
    ['an id that is none', `${header}undefined,ada@example.com,Sales`, /row 2, employeeId: must be an id/],
    ['an address that is none', `${header}901,ada,Sales`, /row 2, email: must be an e-mail address/],
    ['the row after a thousand', `${header}${many}\n1011,nobody,Sales`, /row 1012, email/],
    [
      'one employee twice',
      `${header}901,a@b.co,x\n902,c@d.co,x\n901,e@f.co,y`,
      /row 4, employeeId: is the employee of row 2 again/,
    ],
    ['several', `${header}901,a,x\n902,b,x\n903,c,x`, /row 2, email.*\(and 2 more mistakes\)/],
    ['a cell too many', `${header}901,ada@example.com,Sales,Berlin`, /row 2: cell 4 has no heading/],
    ['a quotation mark too many', `${header}901,"ada@example.com,Sales`, /quotation mark/],
    ['a long attribute', `${header}901,ada@example.com,${'x'.repeat(300)}`, /row 2, attributes department/],
    ['nobody', header, /has no employees/],
    ['nothing', '', /is empty/],
    ['JSON without an id', '[{"email":"ada@example.com"}]', /entry 1, employeeId/],
    ['an error of a spreadsheet', `${header}#REF!,ada@example.com,Sales`, /row 2, employeeId: is not an id/],
    [
      'an id that Excel shortened',
      `${header}1.23457E+11,ada@example.com,Sales`,
      /row 2, employeeId: is not an id/,
    ],
    [
      'an id that German Excel shortened',
      'employeeId;email\n1,23457E+11;a@b.co',
      /row 2, employeeId: is not an id/,
    ],
    [
      'JSON with attributes beside the employee',
      '[{"employeeId":"1","email":"a@b.co","department":"Sales"}]',
      /entry 1, entry: .*department/,
    ],
    ['JSON that is no list', '{"employeeId":1}', /no JSON list/],
  ])('%s', (_what, text, expected) => {
    expect(mistake(text)).toMatch(expected);
  });

  test('after a quoted line feed and an empty line rows count as in a spreadsheet', () => {
    expect(mistake(`${header}901,a@b.co,"x\ny"\n\n902,b,z`)).toMatch(/row 4, email/);
  });
});

describe('the text of a file', () => {
  const text = 'employeeId,email,department\n901,jörg@example.com,Vertrieb München\n';
  const utf16 = Buffer.from(text, 'utf16le');
  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16, little endian', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])],
    ['UTF-16, big endian', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()])],
  ])('in %s is read', (_encoding, bytes) => {
    expect(decodeText(bytes)).toBe(text);
  });

  test('in another encoding is not guessed, and the line is named', () => {
    expect(() => decodeText(Buffer.from(text, 'latin1'))).toThrow(/line 2 is not UTF-8: save it as UTF-8/);
    expect(() => decodeText(Buffer.from('PK\x03\x04\0\0'))).toThrow(/an Excel workbook/);
    expect(() => decodeText(Buffer.from('employeeId', 'utf16le'))).toThrow(
      /UTF-16 without a byte order mark/,
    );
    expect(() => decodeText(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16, Buffer.from('x')]))).toThrow(
      /UTF-16LE/,
    );
  });
});
