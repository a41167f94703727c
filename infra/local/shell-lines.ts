/** A call of HTTP that a person can paste. */
export interface ShellCall {
  readonly url: string;
  readonly method?: 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** XML is shown as text: PowerShell makes an object of it that shows nothing. */
  readonly answer?: 'xml';
}

/** The call for a shell of Unix, and for PowerShell, where `curl` is another command. */
export const toShellLines = (call: ShellCall): readonly string[] => [
  `  ${toCurl(call)}`,
  `  ${toPowerShell(call)}`,
];

function toCurl({ url, method, headers = {}, body }: ShellCall): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    'curl -s',
    ...(method && body === undefined ? [`-X ${method}`] : []),
    /[&?]/.test(url) ? quote(url) : url,
    ...Object.entries(headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quote(body)}`]),
  ].join(' ');
}

/** For Windows PowerShell 5.1 and for PowerShell 7. The content type is no header there. */
function toPowerShell({ url, method, headers = {}, body, answer }: ShellCall): string {
  const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const { 'content-type': contentType, ...others } = headers;
  const pairs = Object.entries(others).map(([name, value]) => `${quote(name)} = ${quote(value)}`);
  const options = [
    quote(url),
    ...(method ? ['-Method Post'] : []),
    ...(pairs.length > 0 ? [`-Headers @{ ${pairs.join('; ')} }`] : []),
    ...(contentType ? [`-ContentType ${quote(contentType)}`] : []),
    ...(body === undefined ? [] : [`-Body ${quote(body)}`]),
  ].join(' ');
  return answer === 'xml'
    ? `(Invoke-WebRequest -UseBasicParsing ${options}).Content`
    : `Invoke-RestMethod ${options} | ConvertTo-Json -Depth 9`;
}
