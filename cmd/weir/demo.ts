import { Command } from 'commander';
import { addConfigOptions } from './config-options.ts';
import type { DemoOptions } from './demo/run-demo.ts';
import type { RunHooks } from './run-command.ts';

/**
 * `weir demo`: sends recorded requests of real SDKs to a daemon and prints the traces as they came back from its store,
 * with model, tokens, cost and what was redacted.
 */
export function createDemoCommand(hooks: RunHooks): Command {
  return addConfigOptions(new Command('demo'))
    .summary('send recorded gen_ai requests and show what became of them')
    .description(
      'Send recorded requests of real GenAI SDKs to a daemon, and print the traces as\nits store gives them back: model, tokens, cost, and what was redacted.',
    )
    .option('--start', 'start a daemon where none listens, and serve on until Ctrl-C')
    .option('--once', 'with --start: stop that daemon after the traces are printed')
    .option('--json', 'print the spans as JSON')
    .option('--grpc-endpoint <url>', 'OTLP/gRPC', 'http://127.0.0.1:4317')
    .option('--http-endpoint <url>', 'OTLP/HTTP', 'http://127.0.0.1:4318')
    .addHelpText('after', '\nExample:\n  $ weir demo --start --once')
    .action(async (options: DemoOptions) => {
      const { runDemo } = await import('./demo/run-demo.ts');
      await runDemo(options, hooks);
    });
}
