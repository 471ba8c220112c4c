import { Command } from 'commander';
import { CommandFailure } from './exit-code.ts';
import { tell } from './terminal.ts';

/** A container's health check is given up by the runtime soon after this. */
const timeoutMs = 3000;

/** `weir healthcheck`: exit code 0 where a daemon answers that it is ready, 1 where not. For container health checks. */
export function createHealthcheckCommand(): Command {
  return new Command('healthcheck')
    .summary('ask a running daemon whether it is ready')
    .description('Ask a running daemon whether it is ready; exit code 0 or 1.')
    .option('--url <url>', 'what to ask', 'http://127.0.0.1:13133/ready')
    .addHelpText('after', '\nExample:\n  $ weir healthcheck --url http://127.0.0.1:13133/live')
    .action(async ({ url }: { readonly url: string }) => {
      const { isOk, status, body } = await ask(url);
      const why = body === '' ? '' : `: ${body}`;
      if (!isOk) throw new CommandFailure(`${url} answered ${status}${why}`);
      tell(`${url} answered ${status}`);
    });
}

interface Answer {
  readonly isOk: boolean;
  readonly status: number;
  readonly body: string;
}

async function ask(url: string): Promise<Answer> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { signal, redirect: 'error' });
    const { ok: isOk, status } = response;
    return { isOk, status, body: (await response.text()).trim() };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(`${url} does not answer: ${reason}`);
  }
}
