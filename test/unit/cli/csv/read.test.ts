import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { readColumns } from '../../../../src/cli/csv/columns.ts';
import { readRows, toPlace } from '../../../../src/cli/csv/rows.ts';
import { readSource } from '../../../../src/cli/csv/source.ts';
import { toZip } from '../../../zip-file.ts';
import { CATALOGUE } from './catalogue.ts';

const fixture = (name: string) => readFile(new URL(`../../../fixtures/csv/${name}`, import.meta.url));

/** What each row asks for, in one line. */
function read(content: string | Buffer): readonly string[] {
  const { table } = readSource(Buffer.from(content));
  const columns = readColumns(table, CATALOGUE);
  return readRows(table, columns, CATALOGUE).map((row) => {
    const wishes = row.wishes.map(({ operation, reference }) => {
      const named = typeof reference === 'string' ? reference : Object.values(reference).join(' at ');
      return `${operation === 'add' ? '+' : '-'}${named}`;
    });
    const mistakes = row.mistakes.map(({ heading, text }) => `! ${toPlace(row, heading)}: ${text}`);
    return [`${row.line} ${row.email}`, ...wishes, ...mistakes].join(' ');
  });
}

const ADA = ['2 ada@example.com +Advanced Messaging'];

describe('a list is read', () => {
  test.each<[string, string]>([
    ['with commas', 'email,add\nada@example.com,Advanced Messaging\n'],
    ['with semicolons', 'email;add\nada@example.com;Advanced Messaging\n'],
    ['with tabs', 'email\tadd\nada@example.com\tAdvanced Messaging\n'],
    ['with bars', 'email|add\nada@example.com|Advanced Messaging\n'],
    ['with line ends of Windows', 'email,add\r\nada@example.com,Advanced Messaging\r\n'],
    ['with a byte order mark', '\ufeffemail,add\nada@example.com,Advanced Messaging\n'],
    ['with headings as people write them', 'E-Mail Address , ADD\n ADA@example.com , Advanced Messaging \n'],
    ['with empty rows', 'email,add\nada@example.com,Advanced Messaging\n,\n\n'],
    ['with empty columns at the end', 'email,add,,\nada@example.com,Advanced Messaging,,\n'],
    ['with rows cut short', 'email,add,remove,note\nada@example.com,Advanced Messaging\n'],
    ['with quotation marks', '"email","add"\n"ada@example.com","Advanced Messaging"\n'],
    ['with cells to be shown as text', 'email,add\n"=""ada@example.com""",Advanced Messaging\n'],
    ['with columns of other things', 'Cost Center,email,add,Notes\n7,ada@example.com,Advanced Messaging,x\n'],
  ])('%s', (_what, text) => {
    expect(read(text)).toEqual(ADA);
  });

  test('in UTF-16, and with a line that names the delimiter', () => {
    const text = 'sep=;\r\nemail;add\r\nada@example.com;Advanced Messaging\r\n';
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    expect(read(utf16)).toEqual(['3 ada@example.com +Advanced Messaging']);
  });

  test('with several names in a cell, and several rows for a person', () => {
    const text =
      'email,add,remove\nada@example.com,"Advanced Messaging; Call on Webex (1:1 call, non-PSTN)",Old\nada@example.com,,"Suite\nMessenger"\n';
    expect(read(text)).toEqual([
      '2 ada@example.com +Advanced Messaging +Call on Webex (1:1 call, non-PSTN) -Old',
      '3 ada@example.com -Suite -Messenger',
    ]);
  });
});

describe("Control Hub's file is read", () => {
  test('as it is exported: only columns of licenses count, and a cell with a mistake is named', async () => {
    expect(read(await fixture('control-hub-export.csv'))).toEqual([
      '2 ada@example.com +messaging -meetings -calling-2',
      '3 grace@example.com +messaging +meetings +calling-2',
      '4 alan@example.com -meetings -calling-2 ! line 4, Advanced Messaging [Sub100448]: "ture" is neither TRUE nor FALSE: did you mean TRUE?',
    ]);
  });

  const of = (heading: string, cell = 'TRUE') =>
    read(`UserID/Email (Required),"${heading}"\nada@example.com,${cell}`);
  test.each<[string, string]>([
    ['Advanced Messaging [Sub100448]', '+messaging'],
    ['ADVANCED  messaging[sub100448]', '+messaging'],
    ['Advanced Messaging', '+messaging'],
    ['acme.webex.com - WebEx Meetings Suite [Sub100448]', '+meetings'],
    ['acme-events.webex.com - Webex Meetings Suite', '+events'],
    ['Webex Meetings Suite[acme-events.webex.com]', '+events'],
    ['Webex Meetings Suite', '+Webex Meetings Suite'],
    ['Webex Calling - Professional [Sub217703]', '+calling-2'],
    ['Webex Calling - Professional', '+Webex Calling - Professional'],
    ['Single License - Webex Calling - Professional [Sub100448]', '+calling-1'],
  ])('in which %s means %s', (heading, expected) => {
    expect(of(heading)).toEqual([`2 ada@example.com ${expected}`]);
    expect(of(heading, 'false')).toEqual([`2 ada@example.com ${expected.replace('+', '-')}`]);
    expect(of(heading, '""')).toEqual(['2 ada@example.com']);
  });

  test.each<[string, string]>([
    ['Advanced Messaging [Sub999999]', 'unknown'],
    ['Webex Calling VAR Professional[acme]', 'unknown'],
    ['Advanced Mesaging', 'unknown'],
    ['Old Webinars (Suspended) [Sub100448]', 'suspended'],
    ['Webex Meeting Assistant', 'other'],
    ['Hybrid Calendar Service (Exchange)', 'other'],
    ['User Status', 'other'],
    ['Seatline State', 'other'],
    ['Room', 'other'],
  ])('in which %s is %s', (heading, expected) => {
    const headings = ['User ID/Email (Required)', heading, 'Advanced Messaging [Sub100448]'];
    expect(readColumns({ headings, rows: [], line: 1 }, CATALOGUE)[1]?.meaning.kind).toBe(expected);
  });

  test.each(['wahr', 'yes', '1', 'x', 'TRUE FALSE'])('in which "%s" is no TRUE', (cell) => {
    expect(of('Advanced Messaging', cell)[0]).toMatch(
      /! line 2, Advanced Messaging: .* neither TRUE nor FALSE/,
    );
  });
});

describe('a file is refused, and says why:', () => {
  test.each<[string, string | Buffer, RegExp]>([
    ['no addresses', 'name,add\nada,x', /line 1: no column is called email .*; there are name, add/],
    [
      'no licenses',
      'employeeId,email,department\n1,a@b.co,Sales',
      /line 1: no column is called add or remove/,
    ],
    [
      'two columns of addresses',
      'email,Work Email,add\na@b.co,a@b.co,x',
      /"email" and "Work Email" mean the same/,
    ],
    [
      'two columns of a license',
      'email,Advanced Messaging,Advanced Messaging [Sub100448]\na@b.co,TRUE,FALSE',
      /mean the same: keep one/,
    ],
    ['a quotation mark that is not closed', 'email,add\na@b.co,"x\n', /quotation mark that is not closed/],
    [
      'a quotation mark in a cell',
      'email,add\na@b.co,x\nb@b.co,x"y',
      /line 3 has a quotation mark inside a cell/,
    ],
    ['nothing', '', /is empty/],
    ['JSON', '{"requests":[]}', /is JSON, and no table: --file/],
    ['Latin-1', Buffer.from('email,add\nj\xf6rg@b.co,x', 'latin1'), /line 2 is not UTF-8: save it as UTF-8/],
    ['a workbook', toZip([{ name: '[Content_Types].xml', content: '<x/>' }]), /is an Excel workbook/],
    ['an archive without a table', toZip([{ name: 'a.txt', content: 'x' }]), /archive without a CSV file/],
  ])('%s', (_what, content, expected) => {
    expect(() => read(content)).toThrow(expected);
  });

  test('files for another command', async () => {
    for (const name of ['semicolon', 'utf16', 'bom-quoted-newline', 'trailing-empty-headers', 'sep-line']) {
      const bytes = await fixture(`${name}.csv`);
      expect(() => read(bytes)).toThrow(
        /no column is called add or remove, .*there are employeeId, email, department/,
      );
    }
    const latin1 = await fixture('latin1.csv');
    expect(() => read(latin1)).toThrow(/line 2 is not UTF-8/);
  });
});

describe('a row with a mistake is named, and the others stand:', () => {
  test.each<[string, string, string]>([
    ['no address', 'email,add\n,x\nb@b.co,y', '2  ! line 2, email: must be an e-mail address'],
    [
      'an address that is none',
      'email,add\nada,x\nb@b.co,y',
      '2  ! line 2, email: must be an e-mail address',
    ],
    [
      'a cell without a heading',
      'email,add\na@b.co,x,z\nb@b.co,y',
      '2 a@b.co +x ! line 2: cell 3 has no heading: is there a delimiter too many, or a missing quotation mark?',
    ],
    [
      'one license to be added and removed',
      'email,add,remove\na@b.co,x,x\nb@b.co,y',
      '2 a@b.co +x -x ! line 2, remove: x is named twice',
    ],
    [
      'one license in two spellings',
      'email,add,remove\na@b.co,Advanced  Messaging,advanced\u00a0messaging\nb@b.co,y',
      '2 a@b.co +Advanced  Messaging -advanced\u00a0messaging ! line 2, remove: advanced\u00a0messaging is named twice',
    ],
    [
      'an address that lost a letter in a pipe',
      'email,add\nzo?@b.co,x\nb@b.co,y',
      '2  ! line 2, email: has "?" in the place of a letter: PowerShell 5.1 pipes ASCII alone; name the file instead of "-", or set $OutputEncoding = [Text.Encoding]::UTF8 before',
    ],
  ])('%s', (_what, text, expected) => {
    expect(read(text)).toEqual([expected, '3 b@b.co +y']);
  });

  test('a person again with the same license', () => {
    expect(read('email,add\na@b.co,x\nA@b.co,x')[1]).toBe(
      '3 a@b.co +x ! line 3, add: x is named again: line 2 names it for the same person',
    );
  });

  test('lines count as in the file, and rows as in a spreadsheet', () => {
    const text = 'email,add,note\na@b.co,x,"of two\nlines"\n\nnobody,y,\n';
    expect(read(text)[1]).toBe('5  ! line 5 (row 4), email: must be an e-mail address');
    expect(read(`sep=,\r\n${text}`)[1]).toContain('line 6 (row 5), email');
  });

  test('the row after a thousand', () => {
    const many = Array.from({ length: 1_010 }, (_, index) => `p${index}@b.co,x`).join('\n');
    expect(read(`email,add\n${many}\nnobody,x`).at(-1)).toContain('line 1012, email');
  });
});

test('headings in another language are named, with the column that has the addresses', () => {
  const text = 'Vorname;Benutzer-ID/E-Mail (Erforderlich);Advanced Messaging\nA;a@b.co;TRUE\n';
  expect(() => read(text)).toThrow(
    'line 1: no column is called email or "User ID/Email (Required)"; there are Vorname, Benutzer-ID/E-Mail (Erforderlich), Advanced Messaging. Call "Benutzer-ID/E-Mail (Erforderlich)" email: it has addresses',
  );
  expect(() => read('Vorname;Advanced Messaging\nA;TRUE\n')).toThrow(
    /there are Vorname, Advanced Messaging$/,
  );
});

describe('a large export is an archive', () => {
  const header = 'User ID/Email (Required),Advanced Messaging';
  const part = (from: number) =>
    [header, ...Array.from({ length: 3 }, (_, index) => `p${from + index}@b.co,TRUE`)].join('\n');
  const whole = `${part(0)}\n${part(3).split('\n').slice(1).join('\n')}`;

  test('with one whole file and its parts: the whole one is read', () => {
    const archive = toZip([
      { name: 'exported_users_1.csv', content: part(0) },
      { name: 'exported_users_2.csv', content: part(3) },
      { name: 'exported_users.csv', content: whole },
      { name: '__MACOSX/exported_users.csv', content: 'x' },
    ]);
    expect(read(archive)).toHaveLength(6);
    expect(readSource(archive).inArchive).toBe('exported_users.csv');
  });

  test('with other files: it is not guessed which one is meant', () => {
    const archive = toZip([
      { name: 'a.csv', content: whole },
      { name: 'b.csv', content: part(7) },
    ]);
    expect(() => read(archive)).toThrow(/b\.csv has people who are not in a\.csv/);
  });

  test('with a file that cannot be read: it is named', () => {
    const latin1 = Buffer.from('email,add\nj\xf6rg@b.co,x', 'latin1');
    expect(() => read(toZip([{ name: 'a.csv', content: latin1 }]))).toThrow(
      /a\.csv in it: line 2 is not UTF-8/,
    );
  });
});
