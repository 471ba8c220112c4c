import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { spawnForTest, waitFor } from '../../test/support/child-of-test.ts';
import type { FinishedRun } from '../../test/support/child-of-test.ts';
import { listen } from '../../test/support/listen.ts';
import { makeCommandFolder, runWeir, weirEnv, weirMain } from '../../test/support/run-weir.ts';
import { exitCodes } from './exit-code.ts';

const folder = makeCommandFolder();
const { write } = folder;

function weir(...args: readonly string[]): Promise<FinishedRun> {
  return folder.weir(args);
}

const good = `
receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } }
exporters: { nop: {} }
service:
  telemetry: { metrics: { endpoint: '127.0.0.1:0' } }
  pipelines:
    traces: { receivers: [otlp], exporters: [nop] }
`;

describe('the command line', () => {
  it('answers an unknown command with the one that was meant and exit code 2', async () => {
    const { code, stdout, stderr } = await weir('valdate');
    assert.equal(code, exitCodes.usage);
    assert.equal(stdout, '');
    assert.equal(stderr, 'weir: unknown command "valdate" (did you mean "validate"?)\n');
  });

  it('tells who forgets -c before a file', async () => {
    const { code, stderr } = await weir('config.yaml');
    assert.equal(code, exitCodes.usage);
    assert.match(stderr, /use: weir -c config\.yaml/);
  });

  it('tells who forgets -c behind a command, and only where it takes one', async () => {
    for (const args of [
      ['run', 'config.yaml'],
      ['print-config', 'config.yaml'],
      ['dlq', 'list', 'config.yaml'],
      ['-c', 'first.yaml', 'config.yaml'],
    ]) {
      const { code, stderr } = await weir(...args);
      assert.equal(code, exitCodes.usage);
      assert.match(stderr, /use: -c config\.yaml\n$/, args.join(' '));
    }
    assert.doesNotMatch((await weir('components', 'config.yaml')).stderr, /-c/);
    assert.doesNotMatch((await weir('run', '-c', 'config.yaml', 'more')).stderr, /use:/);
  });

  it('tells who writes the command behind its options', async () => {
    const { code, stderr } = await weir('--set', 'a=b', 'validate', 'config.yaml');
    assert.equal(code, exitCodes.usage);
    assert.match(stderr, /the command goes before its options: weir validate …\n$/);
  });

  it('answers an unknown option with exit code 2', async () => {
    assert.equal((await weir('validate', '--jsn')).code, exitCodes.usage);
    assert.equal((await weir('--confg', 'x')).code, exitCodes.usage);
  });

  it('has help with an example for every command, within 80 columns', async () => {
    const { stdout } = await weir('--help');
    const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]+)/gm)].map((match) => match[1] ?? '');
    assert.ok(commands.includes('validate') && commands.includes('run'));
    const helps = await Promise.all(
      commands.filter((name) => name !== 'help').map((name) => weir(name, '--help')),
    );
    for (const help of helps) {
      assert.equal(help.code, exitCodes.ok);
      assert.match(help.stdout, /Examples?:\n {2}\$ weir /);
    }
    for (const line of [stdout, ...helps.map((help) => help.stdout)].join('\n').split('\n')) {
      assert.ok(line.length <= 80, line);
    }
  });

  it('prints its version', async () => {
    assert.match((await weir('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
    const { version, node } = JSON.parse((await weir('version', '--json')).stdout) as {
      version: string;
      node: string;
    };
    assert.match(version, /^\d/);
    assert.equal(node, process.version);
  });

  it('ends quietly where the reader of its output has gone', async () => {
    const child = spawnForTest(process.execPath, [weirMain, 'schema'], { env: weirEnv() });
    waitFor(child);
    child.stdout?.destroy();
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await once(child, 'close');
    assert.equal(child.exitCode, exitCodes.ok);
    assert.equal(stderr, '');
  });
});

describe('weir validate', () => {
  it('accepts a good file without a word on standard output', async () => {
    const { code, stdout, stderr } = await weir('validate', write('good.yaml', good));
    assert.deepEqual([code, stdout, stderr], [exitCodes.ok, '', 'good.yaml: valid\n']);
  });

  it('accepts the built-in configuration', async () => {
    const { code, stderr } = await weir('validate');
    assert.equal(code, exitCodes.ok);
    assert.match(stderr, /^built-in: valid$/m);
  });

  it('tells every mistake of a bad file on standard error and exits with 78', async () => {
    const name = write('bad.yaml', good.replace('nop: {}', 'nopp: {}').replace('[otlp]', '[oltp]'));
    const { code, stdout, stderr } = await weir('validate', '-c', name);
    assert.equal(code, exitCodes.invalidConfig);
    assert.equal(stdout, '');
    assert.match(stderr, /bad\.yaml:3:14: exporters\.nopp: .*did you mean "nop"/);
    assert.match(stderr, /bad\.yaml:7:27: .*"oltp" is not configured \(did you mean "otlp"\?\)/);
    assert.match(stderr, /bad\.yaml: \d errors\n$/);
  });

  it('prints the findings as JSON where asked', async () => {
    const name = write('bad.json.yaml', good.replace('traces:', 'trace:'));
    const { code, stdout, stderr } = await weir('validate', '--json', name);
    assert.equal(code, exitCodes.invalidConfig);
    assert.equal(stderr, '');
    const { valid, diagnostics } = JSON.parse(stdout) as {
      valid: boolean;
      diagnostics: { code: string; position: { line: number }; suggestion?: string }[];
    };
    assert.equal(valid, false);
    assert.equal(diagnostics[0]?.code, 'unknown_signal');
    assert.equal(diagnostics[0].position.line, 7);
    assert.equal(diagnostics[0].suggestion, 'traces');
  });

  it('takes what the Collector calls file: and env:, and says what it does not', async () => {
    const file = write('located.yaml', good);
    assert.equal((await weir('validate', `file:${file}`)).code, exitCodes.ok);
    const args = ['validate', 'env:WEIR_CONFIG'];
    const fromVariable = await runWeir(args, { env: { WEIR_CONFIG: good } });
    assert.equal(fromVariable.code, exitCodes.ok);
    assert.match(fromVariable.stderr, /^env:WEIR_CONFIG: valid/m);
    const unset = await runWeir(args);
    assert.match(unset.stderr, /^env:WEIR_CONFIG: WEIR_CONFIG is empty or not set/);
    const { code, stderr } = await weir('validate', 'https://a.example/config.yaml');
    assert.equal(code, exitCodes.invalidConfig);
    assert.match(stderr, /no such file; "https:" is not read here: name a file, or env:NAME/);
  });

  it('finds what only shows when the components are built', async () => {
    const yaml = good
      .replace(
        'exporters:',
        'processors: { redaction: { action: hash, hmac_key_file: none.key } }\nexporters:',
      )
      .replace('receivers: [otlp],', 'receivers: [otlp], processors: [redaction],');
    const { code, stderr } = await weir('validate', write('key.yaml', yaml));
    assert.equal(code, exitCodes.invalidConfig);
    assert.match(stderr, /none\.key/);
  });
});

describe('weir print-config', () => {
  it('prints the merged configuration with --set on top and without secrets', async () => {
    const yaml = 'exporters: { otlp: { endpoint: "h:1", headers: { authorization: hunter2 } } }';
    const { code, stdout } = await weir(
      ...['print-config', '-c', write('one.yaml', good), '-c', write('two.yaml', yaml)],
      ...['--set', 'service.workers=3', '--json'],
    );
    assert.equal(code, exitCodes.ok);
    const config = JSON.parse(stdout) as {
      exporters: { otlp: { headers: unknown } };
      service: { workers: number };
    };
    assert.deepEqual(config.exporters.otlp.headers, { authorization: '[REDACTED]' });
    assert.equal(config.service.workers, 3);
    assert.doesNotMatch(stdout, /hunter2/);
  });

  it('prints the built-in configuration, which is valid', async () => {
    const { stdout } = await weir('print-config', '--source');
    assert.equal((await weir('validate', write('built-in.yaml', stdout))).code, exitCodes.ok);
  });
});

describe('weir components and weir schema', () => {
  it('list what can be configured', async () => {
    const rows = JSON.parse((await weir('components', '--json')).stdout) as {
      kind: string;
      type: string;
      signals: string[];
      aliases: string[];
    }[];
    const exporter = rows.find((row) => row.kind === 'exporter' && row.type === 'otlp_http');
    assert.deepEqual(exporter?.signals, ['traces', 'logs', 'metrics']);
    assert.deepEqual(exporter.aliases, ['otlphttp']);
    const schema = JSON.parse((await weir('schema')).stdout) as { $schema: string };
    assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  });
});

describe('weir healthcheck', () => {
  it('exits with 0 where the daemon is ready, and with 1 where not or where none answers', async () => {
    let status = 200;
    const server = createServer((_request, response) =>
      response.writeHead(status).end('draining\n'),
    );
    const port = await listen(server);
    const url = `http://127.0.0.1:${port}/ready`;
    const ready = await weir('healthcheck', '--url', url);
    assert.deepEqual([ready.code, ready.stderr], [exitCodes.ok, `${url} answered 200\n`]);
    status = 503;
    const unready = await weir('healthcheck', '--url', url);
    assert.deepEqual(
      [unready.code, unready.stderr],
      [exitCodes.failed, `${url} answered 503: draining\n`],
    );
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    assert.equal((await weir('healthcheck', '--url', url)).code, exitCodes.failed);
  });
});

describe('weir healthcheck of what breaks off its answer', () => {
  it('exits with 1 and a line', async (t) => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('x');
      setImmediate(() => response.destroy());
    });
    const url = `http://127.0.0.1:${await listen(server)}/ready`;
    t.after(() => server.close());
    const { code, stderr } = await weir('healthcheck', '--url', url);
    assert.equal(code, exitCodes.failed);
    assert.match(stderr, /^http:\S+ does not answer: .*\n$/);
  });
});

describe('weir run', () => {
  it('exits with 78 and the mistakes where the configuration is bad', async () => {
    const { code, stderr } = await weir('-c', write('bad-run.yaml', 'receivers: 1'));
    assert.equal(code, exitCodes.invalidConfig);
    assert.match(stderr, /expected a map of components/);
  });

  it('runs until it is asked to stop, and then exits with 0', async () => {
    const child = spawnForTest(process.execPath, [weirMain, '-c', write('run.yaml', good)], {
      cwd: folder.path(),
      env: weirEnv(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    waitFor(child);
    let log = '';
    let isAsked = false;
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (!isAsked && log.includes('"ready"')) isAsked = child.kill('SIGTERM');
    });
    await once(child, 'close');
    assert.equal(child.exitCode, exitCodes.ok, log);
  });
});
