import { availableParallelism, cpus } from 'node:os';

/**
 * `npm run bench [-- NAME…]`: the benchmarks of the parts, each beside its baseline in the same run. Figures of different
 * runs are not comparable on a shared machine; ratios are.
 */
type Print = (line: string) => void;

const benches: Readonly<Record<string, () => Promise<(print: Print) => void | Promise<void>>>> = {
  batch: async () => (await import('./batch.ts')).benchBatch,
  ingest: async () => (await import('./ingest.ts')).benchIngest,
  stage: async () => (await import('./stage.ts')).benchStage,
  log: async () => (await import('./log.ts')).benchLog,
  idle: async () => (await import('./idle.ts')).benchIdle,
  memory: async () => (await import('./memory.ts')).benchMemory,
  genai: async () => (await import('./genai.ts')).benchGenai,
  redaction: async () => (await import('./redaction.ts')).benchRedaction,
  exporters: async () => (await import('./exporters.ts')).benchExporters,
  kafka: async () => (await import('./kafka.ts')).benchKafka,
  prometheus: async () => (await import('./prometheus.ts')).benchPrometheus,
  clickhouse: async () => (await import('./clickhouse.ts')).benchClickhouse,
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  process.exitCode = 2;
} else {
  const model = cpus()[0]?.model ?? 'unknown CPU';
  console.log(`${model}, ${availableParallelism()} cores, Node ${process.version}`);
  for (const [name, load] of Object.entries(benches)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n## ${name}\n`);
    const bench = await load();
    await bench((line) => {
      console.log(line);
    });
  }
}
