/** Text that is HTML already. Only {@link html} makes it. */
export interface Markup {
  readonly markup: string;
}

export type Content = Markup | string | number | undefined | false | readonly Content[];

/** HTML in which everything put in is escaped, as text and as attribute value, unless it is markup itself. */
export const html = (strings: TemplateStringsArray, ...values: readonly Content[]): Markup => ({
  markup: strings.map((part, index) => part + toMarkup(values[index])).join(''),
});

function toMarkup(content: Content): string {
  if (content === undefined || content === false) return '';
  if (typeof content === 'number') return String(content);
  if (typeof content === 'string')
    return content.replaceAll('\u0000', '\ufffd').replace(/[&<>"']/g, (char) => ESCAPES[char] ?? '');
  return 'markup' in content ? content.markup : content.map(toMarkup).join('');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
