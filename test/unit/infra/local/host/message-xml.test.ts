import { describe, expect, test } from '@jest/globals';
import { toMessageTexts } from '../../../../../infra/local/host/message-xml.ts';

const toXml = (...texts: string[]) =>
  `<?xml version="1.0"?><QueueMessagesList>${texts
    .map((text) => `<QueueMessage><MessageId>1</MessageId>${text}</QueueMessage>`)
    .join('')}</QueueMessagesList>`;
const read = (text: string) => toMessageTexts(toXml(`<MessageText>${text}</MessageText>`))[0];

describe('the text of a message in an answer of storage', () => {
  test.each([
    ['{&#xD;\n}&#xD;\n', '{\r\n}\r\n'],
    ['&#13;&#10;&#x9;&#x1F600;', '\r\n\t😀'],
    ['&amp;#xD;', '&#xD;'],
    ['&amp;amp;#13;', '&amp;#13;'],
    ['&lt;a&gt; &quot;b&quot; &apos;c&apos;', '<a> "b" \'c\''],
    ['  spaces  ', '  spaces  '],
    ['&nbsp; & &#x110000;', '&nbsp; & &#x110000;'],
    ['&amp;nbsp;', '&nbsp;'],
  ])('%j is read as %j', (xml, text) => {
    expect(read(xml)).toBe(text);
  });

  test('is empty where the element is, and stays in its order', () => {
    const xml = toXml('<MessageText>a</MessageText>', '<MessageText/>', '<MessageText></MessageText>');
    expect(toMessageTexts(xml)).toEqual(['a', '', '']);
    expect(toMessageTexts('')).toEqual([]);
  });
});
