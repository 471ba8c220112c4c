import { Command } from 'commander';
import { parseDuration } from '../../pipeline/config/parse-duration.ts';
import type { Config } from '../../pipeline/config/config.ts';
import type { Services } from '../../pipeline/graph/services.ts';
import { addConfigOptions, loadConfigOptions, type ConfigOptions } from './config-options.ts';
import { CommandFailure, exitCodes } from './exit-code.ts';
import type { Box } from './dlq/boxes.ts';

interface ListOptions extends ConfigOptions {
  readonly json?: boolean;
  readonly entries?: boolean;
}

interface RetryOptions extends ConfigOptions {
  readonly exporter: string;
  readonly pipeline?: string;
  readonly to?: string;
  readonly timeout: string;
  readonly json?: boolean;
}

/** `weir dlq`: what sinks refused for good and the daemon set aside. */
export function createDlqCommand(): Command {
  const command = new Command('dlq')
    .summary('what sinks refused: list it, show it, send it again')
    .description(
      'Look at requests that sinks refused for good and the daemon set aside in its storage, and send them again.',
    )
    .addHelpText('after', '\nExample:\n  $ weir dlq retry --exporter otlp -c config.yaml');
  command.addCommand(createList());
  command.addCommand(createShow());
  command.addCommand(createRetry());
  return command;
}

function createList(): Command {
  return addConfigOptions(new Command('list'))
    .summary('list what is set aside')
    .description('List what is set aside, by pipeline and exporter.')
    .option('--entries', 'list every request, with its id')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ weir dlq list -c config.yaml --entries')
    .action(async (options: ListOptions) => {
      const [opened, { listBoxes }] = await Promise.all([open(options), import('./dlq/list.ts')]);
      await listBoxes(opened, { json: options.json === true, entries: options.entries === true });
    });
}

function createShow(): Command {
  return addConfigOptions(new Command('show'))
    .summary('print a request that was set aside as OTLP/JSON')
    .description('Print a request that was set aside as OTLP/JSON.')
    .argument('<id>', 'id of the request, as list --entries prints it')
    .addHelpText('after', '\nExample:\n  $ weir dlq show -c config.yaml ID > request.json')
    .action(async (id: string, options: ConfigOptions) => {
      const [{ boxes }, { showEntry }] = await Promise.all([
        open(options),
        import('./dlq/show.ts'),
      ]);
      await showEntry(boxes, id);
    });
}

function createRetry(): Command {
  return addConfigOptions(new Command('retry'))
    .summary('send what an exporter refused once more')
    .description(
      'Send what an exporter refused once more, with the daemon running or not. What is delivered is removed; what is not stays. After an interruption some is sent twice.',
    )
    .requiredOption('--exporter <id>', 'the exporter that refused it')
    .option('--pipeline <id>', 'of this pipeline only')
    .option('--to <url>', 'send it to this OTLP/HTTP server instead, such as http://127.0.0.1:4318')
    .option('--timeout <duration>', 'give up on a sink that takes nothing for this long', '30s')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ weir dlq retry -c config.yaml --exporter otlp_http/eu')
    .action(async (options: RetryOptions) => {
      const patienceMs = parseDuration(options.timeout);
      if (patienceMs === undefined) {
        const message = `weir dlq: "${options.timeout}" is not a duration (use 30s, 5m)`;
        throw new CommandFailure(message, exitCodes.usage);
      }
      const [{ boxes, ...around }, { retryBoxes }] = await Promise.all([
        open(options),
        import('./dlq/retry.ts'),
      ]);
      const { exporter, pipeline, to, json } = options;
      const request = { exporter, pipeline, to, patienceMs, json: json === true };
      await retryBoxes(boxes, request, around);
    });
}

interface Opened {
  readonly config: Config;
  readonly services: Services;
  readonly directories: readonly string[];
  readonly boxes: readonly Box[];
}

async function open(options: ConfigOptions): Promise<Opened> {
  const [{ requireConfig }, { createCommandServices }, { boxDirectories, findBoxes }] =
    await Promise.all([
      import('./report-config.ts'),
      import('./dlq/command-services.ts'),
      import('./dlq/boxes.ts'),
    ]);
  const config = requireConfig(await loadConfigOptions(options));
  const services = await createCommandServices();
  const directories = boxDirectories(config, services);
  return { config, services, directories, boxes: await findBoxes(directories) };
}
