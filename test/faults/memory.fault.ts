import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { traceRequest } from '../../bench/corpus.ts';
import { sumOf } from '../support/daemon-metrics.ts';
import { sinkExporter, toConfig } from './support/config.ts';
import { startMemoryLoad } from './support/memory-load.ts';
import { residentMiB } from './support/memory.ts';
import { startDaemonFor } from './support/start.ts';

/** Offered with the sink down, and once more after it is back; refused requests count, so that a slow machine gets there too. */
const offeredBytes = 600e6;

const loads = [
  { log: 'memory', clients: 400, kilobytes: [65, 200, 400, 1000], limitMiB: 128 },
  { log: 'disk', clients: 400, kilobytes: [65, 200, 400, 1000], limitMiB: 128 },
  { log: 'memory', clients: 64, kilobytes: [4000], limitMiB: 192 },
  { log: 'disk', clients: 64, kilobytes: [4000], limitMiB: 192 },
] as const;

for (const { log, clients, kilobytes, limitMiB } of loads) {
  const boundMiB = 1.5 * limitMiB + 120;
  // Half of the way from where less is let in to the bound: nothing gets there that has not been held back.
  const unheldMiB = boundMiB - (0.75 * limitMiB) / 2;
  const sizes = kilobytes.length === 1 ? '4 MB' : '65 KB to 1 MB';
  test(`fault 32: 100 MB/s in requests of ${sizes}, log ${log === 'disk' ? 'on disk' : 'in memory'}, sink dead and back: ${boundMiB} MiB at most`, async (t) => {
    const sink = await startCheapSink(t);
    const isStored = log === 'disk';
    const queue = isStored
      ? { storage: 'file_storage', queue_size: '512MiB', sizer: 'bytes' }
      : { queue_size: '512MiB', sizer: 'bytes' };
    const daemon = await startDaemonFor(
      t,
      toConfig({
        exporters: { otlp_http: sinkExporter(sink.endpoint, { queue }) },
        processors: {
          memory_limiter: { check_interval: '1s', limit_mib: limitMiB },
          genai: {},
        },
        ...(isStored && { storage: {} }),
      }),
    );
    const bodies = kilobytes.map((size) => traceRequest('small', size * 1.5));
    const load = await startMemoryLoad({
      ports: daemon.ports,
      bodies,
      clients,
      bytesPerSecond: 100e6,
    });
    t.after(() => load.stop());
    const untilOffered = async (bytes: number): Promise<Readonly<Record<string, number>>> => {
      for (;;) {
        const { offered, answers } = await load.totals();
        if (offered >= bytes) return answers;
        await delay(50);
      }
    };
    const answers = await untilOffered(offeredBytes);
    sink.up();
    const before = answers['ok'] ?? 0;
    for (let all = 2 * offeredBytes; ; all += offeredBytes / 4) {
      if (((await untilOffered(all))['ok'] ?? 0) > before) break;
    }
    const peakMiB = residentMiB(daemon, 'VmHWM');
    t.diagnostic(`peak ${peakMiB?.toFixed(0)} MiB resident`);
    assert.ok(peakMiB === undefined || peakMiB < boundMiB, `${peakMiB} MiB`);
    const narrowed = sumOf(await daemon.metrics(), 'weir_ingress_narrowed_total');
    // On a machine that offers too little to reach the bound, too, it shows whether anything would hold.
    assert.ok(
      peakMiB === undefined || peakMiB < unheldMiB || narrowed > 0,
      `${peakMiB} MiB, and admission was never narrowed`,
    );
    assert.ok(
      Object.keys(answers).every((answer) => /^ok$|with Retry(Info|-After)$/.test(answer)),
      JSON.stringify(answers),
    );
  });
}

/** A sink that answers 503 until it is told not to, and looks at nothing: all the machine's time is the daemon's. */
async function startCheapSink(t: TestContext): Promise<{ readonly endpoint: string; up(): void }> {
  let status = 503;
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    up: () => {
      status = 200;
    },
  };
}
