import { createPrivateKey } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnForTest, waitFor } from './child-of-test.ts';
import { freePorts } from './free-port.ts';
import { findKafkaJars } from './kafka-jars.ts';
import { certificateFile, keyFile } from './tls-sink.ts';

/** How a broker under test is set up. */
export interface KafkaOptions {
  /** What clients of the plain listener are told to connect to, where that is a proxy. */
  readonly advertisedPort?: number;
  /** The node that it becomes of a cluster, and where the first node's controller listens; a cluster of its own where absent. */
  readonly joins?: { readonly nodeId: number; readonly controllerPort: number };
  /** `server.properties` besides the usual ones. */
  readonly properties?: Readonly<Record<string, string | number>>;
}

/** A real broker in a child process, on ports and in a directory of its own. */
export interface KafkaUnderTest {
  /** `host:port` of the listener without TLS and without authentication. */
  readonly plain: string;
  /** `host:port` of the listener with TLS; its certificate is for localhost, signed by `caFile`. */
  readonly tls: string;
  /** `host:port` of the listener that wants SASL: user `weir`, password `secret`, PLAIN or SCRAM, or any unsigned token. */
  readonly sasl: string;
  readonly caFile: string;
  readonly controllerPort: number;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again on its ports and data. */
  start(): Promise<void>;
  /** Kills it and removes its directory. */
  remove(): Promise<void>;
}

const startLimitMs = 90_000;
const pollMs = 25;

interface Ports {
  readonly plain: number;
  readonly tls: number;
  readonly sasl: number;
  readonly controller: number;
}

/** Formats and starts a broker. @throws Error with the end of its log where it does not come up. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaUnderTest> {
  const jars = findKafkaJars();
  if (!jars.available) throw new Error(jars.reason);
  const classPath = join(jars.folder, '*');
  const directory = mkdtempSync(join(tmpdir(), 'weir-kafka-'));
  const [plain = 0, tls = 0, sasl = 0, controller = 0] = await freePorts(4);
  const ports: Ports = { plain, tls, sasl, controller };
  writeFiles(directory, ports, options);
  format(directory, classPath);
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawnBroker(directory, classPath);
    await untilOpen(child, [plain, tls, sasl], directory);
  };
  const kill = async (): Promise<void> => {
    const running = child;
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    waitFor(running);
    await gone;
  };
  const remove = async (): Promise<void> => {
    await kill();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  const caFile = certificateFile('ca');
  const at = (port: number): string => `localhost:${port}`;
  const addresses = { plain: at(plain), tls: at(tls), sasl: at(sasl) };
  return { ...addresses, caFile, controllerPort: controller, kill, start, remove };
}

/**
 * Starts three brokers with every topic on each of them. The first holds the controller too and must live; with either of
 * the others killed, another broker leads what that one led, and two replicas in sync are enough.
 */
export async function startKafkaCluster(): Promise<KafkaUnderTest[]> {
  const properties = {
    'offsets.topic.replication.factor': 3,
    'default.replication.factor': 3,
    'min.insync.replicas': 2,
  };
  const first = await startKafka({ properties });
  const { controllerPort } = first;
  const others = await Promise.allSettled(
    [2, 3].map((nodeId) => startKafka({ properties, joins: { nodeId, controllerPort } })),
  );
  const brokers = [
    first,
    ...others.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])),
  ];
  const failed = others.find((each) => each.status === 'rejected');
  if (failed === undefined) return brokers;
  await Promise.all(brokers.map((broker) => broker.remove()));
  throw failed.reason;
}

function writeFiles(directory: string, ports: Ports, options: KafkaOptions): void {
  writeFileSync(join(directory, 'server.pem'), readIdentity());
  mkdirSync(join(directory, 'data'));
  const properties = { ...toProperties(directory, ports, options), ...options.properties };
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`);
  writeFileSync(join(directory, 'server.properties'), `${lines.join('\n')}\n`);
  writeFileSync(join(directory, 'log4j2.yaml'), loggingYaml);
}

/** Java reads private keys as PKCS #8 only. */
function readIdentity(): string {
  const read = (file: string): string => readFileSync(file, 'utf8');
  const key = createPrivateKey(read(keyFile('server'))).export({ type: 'pkcs8', format: 'pem' });
  return `${key.toString()}${read(certificateFile('server'))}`;
}

const loggingYaml = `Configuration:
  Appenders: { Console: { name: console, PatternLayout: { pattern: "%d %p %m (%c)%n%throwable" } } }
  Loggers: { Root: { level: WARN, AppenderRef: { ref: console } } }
`;

function toProperties(
  directory: string,
  { plain, tls, sasl, controller }: Ports,
  { advertisedPort = plain, joins }: KafkaOptions,
): Record<string, string | number> {
  const bound = (port: number): string =>
    [`PLAIN://127.0.0.1:${port}`, `TLS://127.0.0.1:${tls}`, `SECURE://127.0.0.1:${sasl}`].join(',');
  const module = 'org.apache.kafka.common.security';
  return {
    'process.roles': joins === undefined ? 'broker,controller' : 'broker',
    'node.id': joins?.nodeId ?? 1,
    'controller.quorum.voters': `1@127.0.0.1:${joins?.controllerPort ?? controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN',
    listeners:
      joins === undefined ? `${bound(plain)},CONTROLLER://127.0.0.1:${controller}` : bound(plain),
    'advertised.listeners': bound(advertisedPort).replaceAll('127.0.0.1', 'localhost'),
    'listener.security.protocol.map':
      'PLAIN:PLAINTEXT,TLS:SSL,SECURE:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    'listener.name.tls.ssl.keystore.type': 'PEM',
    'listener.name.tls.ssl.keystore.location': join(directory, 'server.pem'),
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'listener.name.secure.plain.sasl.jaas.config': `${module}.plain.PlainLoginModule required user_weir="secret";`,
    'listener.name.secure.scram-sha-256.sasl.jaas.config': `${module}.scram.ScramLoginModule required;`,
    'listener.name.secure.scram-sha-512.sasl.jaas.config': `${module}.scram.ScramLoginModule required;`,
    'listener.name.secure.oauthbearer.sasl.jaas.config': `${module}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="weir";`,
    'log.dirs': join(directory, 'data'),
    'num.partitions': 3,
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // A broker that was killed may register again only once its session has run out, after 9 seconds by default.
    'broker.session.timeout.ms': 1000,
    'broker.heartbeat.interval.ms': 200,
    'num.network.threads': 2,
    'num.io.threads': 2,
  };
}

function format(directory: string, classPath: string): void {
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=weir,password=secret]`,
  ]);
  const properties = join(directory, 'server.properties');
  const tool = [
    'kafka.tools.StorageTool',
    'format',
    '-t',
    'AAAAAAAAAAAAAAAAAAAAAQ',
    '-c',
    properties,
  ];
  const run = spawnSync('java', ['-cp', classPath, ...tool, ...scram], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the broker's storage: ${run.stderr}${run.stdout}`);
}

/** Quick to start and small: the serial collector, and the first compiler only. */
const jvmOptions = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

function spawnBroker(directory: string, classPath: string): ChildProcess {
  const log = openSync(join(directory, 'broker.log'), 'a');
  const logging = `-Dlog4j2.configurationFile=${join(directory, 'log4j2.yaml')}`;
  const main = ['-cp', classPath, 'kafka.Kafka', join(directory, 'server.properties')];
  const child = spawnForTest('java', [...jvmOptions, logging, ...main], {
    cwd: directory,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return child;
}

async function untilOpen(
  child: ChildProcess,
  ports: readonly number[],
  directory: string,
): Promise<void> {
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline && child.exitCode === null) {
    if ((await Promise.all(ports.map(isOpen))).every(Boolean)) return;
    await delay(pollMs);
  }
  const log = readFileSync(join(directory, 'broker.log'), 'utf8');
  throw new Error(`the broker did not start:\n${log.slice(-4000)}`);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
