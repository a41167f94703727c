import {
  type CompletedCommand,
  type Entry,
  toKnownValues,
  toValuedNames,
  type Value,
} from './completed-commands.ts';

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
const toList = (entries: readonly Entry[]) =>
  `@(${entries.map(({ name, description }) => quote(`${name}|${description}`)).join(', ')})`;

/** A completion script for PowerShell, from 5.1 on. */
export function toPowerShell(commands: readonly CompletedCommand[]): string {
  return `# Completion of seatline for PowerShell: seatline completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName seatline -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = @{
${commands.map(({ path, commands: below }) => `    ${quote(path)} = ${toList(below)}`).join('\n')}
  }
  $options = @{
${commands.map(({ path, options }) => `    ${quote(path)} = ${toList(options)}`).join('\n')}
  }
  # The words behind an option; $null for a file.
  $values = @{
${toKnownValues(commands)
  .map(({ name, value }) => `    ${quote(name)} = ${toValues(value)}`)
  .join('\n')}
  }
  $arguments = @{
${commands.flatMap(({ path, argument }) => (argument === undefined || argument === 'text' ? [] : [`    ${quote(path)} = ${toValues(argument)}`])).join('\n')}
  }
  $valued = @(${toValuedNames(commands).map(quote).join(', ')})
  $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  $command = ''
  $before = ''
  foreach ($word in $words) {
    $below = "$command $word".TrimStart()
    if ($valued -notcontains $before -and $commands.ContainsKey($below)) { $command = $below }
    $before = $word
  }
  $found = if ($values.ContainsKey("$command $before")) { $values["$command $before"] }
  elseif ($valued -contains $before) { @() }
  elseif ($wordToComplete -like '-*') { $options[$command] }
  elseif ($commands[$command].Count -gt 0) { $commands[$command] }
  elseif ($arguments.ContainsKey($command)) { $arguments[$command] }
  else { $options[$command] }
  # Without a result, PowerShell completes the names of files.
  $found | Where-Object { $_ -and $_.StartsWith($wordToComplete) } | ForEach-Object {
    $name, $description = $_ -split '\\|', 2
    [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $description)
  }
}
`;
}

const toValues = (value: Value): string =>
  typeof value === 'string' ? '$null' : toList(value.map((name) => ({ name, description: name })));
