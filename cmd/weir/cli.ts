import { Command, CommanderError } from 'commander';
import { suggest } from '../../pipeline/config/suggest.ts';
import { createDecryptCommand } from './decrypt.ts';
import { createDemoCommand } from './demo.ts';
import { createDlqCommand } from './dlq.ts';
import { createQueryCommand } from './query.ts';
import { createComponentsCommand } from './components-command.ts';
import { CommandFailure, exitCodes } from './exit-code.ts';
import { createExplainCommand } from './explain.ts';
import { createGenerateCommand } from './generate.ts';
import { createHealthcheckCommand } from './healthcheck.ts';
import { createPricesCommand } from './prices.ts';
import { createPrintConfigCommand } from './print-config.ts';
import { createRunCommand, type RunHooks } from './run-command.ts';
import { createSchemaCommand } from './schema.ts';
import { tell } from './terminal.ts';
import { createValidateCommand } from './validate.ts';
import { createVersionCommand, readVersion } from './version.ts';

const helpWidth = 80;

/** The command line of `weir`; actions load what they need when they run, so that every command starts fast. */
export function createProgram(hooks: RunHooks): Command {
  const program = new Command('weir')
    .description('An OpenTelemetry pipeline daemon for GenAI telemetry.')
    .version(readVersion(), '-V, --version', 'print the version')
    .configureOutput({
      getOutHelpWidth: () => helpWidth,
      getErrHelpWidth: () => helpWidth,
    })
    .addHelpText(
      'after',
      '\nWithout a command or a file, weir runs its built-in configuration.\n\nExamples:\n  $ weir\n  $ weir -c config.yaml --set service.workers=2\n  $ weir validate config.yaml',
    );
  program.addCommand(createRunCommand(hooks), { isDefault: true });
  for (const command of [
    createValidateCommand(),
    createComponentsCommand(),
    createPrintConfigCommand(),
    createSchemaCommand(),
    createQueryCommand(),
    createPricesCommand(),
    createExplainCommand(),
    createDecryptCommand(),
    createDemoCommand(hooks),
    createDlqCommand(),
    createGenerateCommand(),
    createHealthcheckCommand(),
    createVersionCommand(),
  ]) {
    program.addCommand(command);
  }
  inherit(program, program);
  return program;
}

/** Settings are copied down by hand: commander copies them only to commands that it creates itself. */
function inherit(command: Command, program: Command): void {
  command.copyInheritedSettings(program).exitOverride();
  for (const child of command.commands) inherit(child, program);
}

/** Runs a command line and gives its exit code; messages of failures go to standard error. Never throws. */
export async function runCommandLine(program: Command, args: readonly string[]): Promise<number> {
  try {
    rejectUnknownCommand(program, args);
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    hintAtConfig(program, args, error);
    return toExitCode(error);
  }
}

const fileName = /\.ya?ml$/;

/**
 * A configuration file that stands alone, and a command behind options, are arguments too many for commander, which says so
 * without their names.
 */
function hintAtConfig(program: Command, args: readonly string[], error: unknown): void {
  if (!(error instanceof CommanderError) || error.code !== 'commander.excessArguments') return;
  const command = args.slice(1).find((word) => program.commands.some((one) => one.name() === word));
  if (isOption(args[0]) && command !== undefined) {
    tell(`the command goes before its options: weir ${command} …`);
    return;
  }
  const file = args.find((word, index) => fileName.test(word) && !isOption(args[index - 1]));
  if (file === undefined || !takesConfig(program, args)) return;
  tell(`for a configuration file use: -c ${file}`);
}

function isOption(word: string | undefined): boolean {
  return word?.startsWith('-') ?? false;
}

function takesConfig(program: Command, [word = '']: readonly string[]): boolean {
  const name = isOption(word) ? 'run' : word;
  const command = program.commands.find((candidate) => candidate.name() === name);
  const all = command === undefined ? [] : [command, ...command.commands];
  return all.some(({ options }) => options.some(({ long }) => long === '--config'));
}

/** With a default command, commander would take a mistyped one for an argument of the default. */
function rejectUnknownCommand(program: Command, args: readonly string[]): void {
  const [word] = args;
  if (word === undefined || word.startsWith('-') || word === 'help') return;
  const names = program.commands.map((command) => command.name());
  if (names.includes(word)) return;
  const meant = suggest(word, names);
  const hint = meant === undefined ? 'see weir --help' : `did you mean "${meant}"?`;
  const file = fileName.test(word) ? `; for a configuration file use: weir -c ${word}` : '';
  const message = `weir: unknown command "${word}" (${hint})${file}`;
  throw new CommandFailure(message, exitCodes.usage);
}

function toExitCode(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  if (error instanceof CommandFailure) {
    if (error.message !== '') tell(error.message);
    return error.code;
  }
  tell(`weir: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return exitCodes.failed;
}
