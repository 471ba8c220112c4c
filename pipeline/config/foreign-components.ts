import type { Factories } from '../component/registry.ts';

/** The sections of the configuration that hold components. */
export const componentKinds = [
  'receivers',
  'processors',
  'exporters',
  'connectors',
  'extensions',
] as const satisfies readonly (keyof Factories)[];

/** A section of the configuration that holds components. */
export type ComponentKind = (typeof componentKinds)[number];

/** What one component of a section is called. */
export function singular(kind: ComponentKind): string {
  return kind.slice(0, -1);
}

/** Types of `docs/contract.md` §3 that a build may not have yet. */
const planned: Readonly<Record<ComponentKind, readonly string[]>> = {
  receivers: ['kafka'],
  processors: ['tail_sampling', 'filter', 'attributes', 'resource', 'transform'],
  exporters: [
    'langfuse',
    'kafka',
    'prometheus',
    'prometheus_remote_write',
    'prometheusremotewrite',
  ],
  connectors: ['genai_metrics', 'routing'],
  extensions: ['ui', 'bearertokenauth', 'basicauth'],
};

/** Well-known components of the Collector's distributions that Weir leaves to the Collector. */
const foreign: Readonly<Record<ComponentKind, ReadonlySet<string>>> = {
  receivers: new Set([
    ...['aerospike', 'apache', 'awscloudwatch', 'awsecscontainermetrics', 'awsfirehose', 'awsxray'],
    ...['azureeventhub', 'azuremonitor', 'carbon', 'cloudfoundry', 'collectd', 'couchdb'],
    ...['datadog', 'docker_stats', 'elasticsearch', 'filelog', 'file_log', 'filestats'],
    ...['fluentforward', 'github', 'googlecloudpubsub', 'haproxy', 'host_metrics', 'hostmetrics'],
    ...['httpcheck', 'iis', 'influxdb', 'jaeger', 'jmx', 'journald', 'k8s_cluster', 'k8s_events'],
    ...['k8sobjects', 'kafkametrics', 'kubeletstats', 'loki', 'memcached', 'mongodb', 'mysql'],
    ...['nginx', 'nop', 'opencensus', 'otlpjsonfile', 'oracledb', 'postgresql', 'prometheus'],
    ...['pulsar', 'rabbitmq', 'redis', 'snmp', 'skywalking', 'splunk_hec', 'sqlquery'],
    ...['sqlserver', 'statsd', 'syslog', 'tcplog', 'udplog', 'vcenter', 'webhookevent'],
    ...['windowseventlog', 'windowsperfcounters', 'zipkin', 'zookeeper'],
  ]),
  processors: new Set([
    ...['cumulativetodelta', 'deltatocumulative', 'deltatorate', 'geoip', 'groupbyattrs'],
    ...['groupbytrace', 'gen_ai_normalizer', 'interval', 'isolationforest', 'k8sattributes'],
    ...['k8s_attributes', 'logdedup', 'logstransform', 'metricsgeneration', 'metricstransform'],
    ...['metrics_transform', 'remotetap', 'resourcedetection', 'resource_detection', 'schema'],
    ...['span', 'sumologic', 'unroll'],
  ]),
  exporters: new Set([
    ...['alibabacloud_logservice', 'awscloudwatchlogs', 'awsemf', 'awskinesis', 'awss3', 'awsxray'],
    ...['azureblob', 'azuredataexplorer', 'azuremonitor', 'carbon', 'cassandra', 'coralogix'],
    ...['datadog', 'dataset', 'doris', 'elasticsearch', 'googlecloud', 'googlecloudpubsub'],
    ...['googlemanagedprometheus', 'honeycombmarker', 'influxdb', 'jaeger', 'loadbalancing'],
    ...['load_balancing', 'logging', 'logicmonitor', 'logzio', 'loki', 'mezmo', 'opensearch'],
    ...['otelarrow', 'pulsar', 'rabbitmq', 'sapm', 'sentry', 'signalfx', 'splunk_hec', 'stef'],
    ...['sumologic', 'syslog', 'tencentcloud_logservice', 'tinybird', 'zipkin'],
  ]),
  connectors: new Set([
    ...['count', 'datadog', 'exceptions', 'failover', 'grafanacloud', 'metricsaslogs', 'otlpjson'],
    ...['roundrobin', 'servicegraph', 'service_graph', 'signaltometrics', 'slowsql', 'spanmetrics'],
    ...['span_metrics', 'sum'],
  ]),
  extensions: new Set([
    ...['ack', 'asapclient', 'awsproxy', 'azureauth', 'cgroupruntime', 'db_storage'],
    ...['docker_observer', 'ecs_observer', 'file_integrity', 'googleclientauth', 'headers_setter'],
    ...['healthcheckv2', 'host_observer', 'http_forwarder', 'jaegerremotesampling', 'k8s_observer'],
    ...['k8s_leader_elector', 'memory_ballast', 'memory_limiter', 'oauth2client', 'oidc', 'opamp'],
    ...['pprof', 'redis_storage', 'remotetap', 'sigv4auth', 'sumologic', 'zpages'],
  ]),
};

/** What Weir has in the stead of a component of the Collector. */
const instead: Readonly<Record<string, string>> = {
  'exporters.logging': 'use "debug"',
  'processors.gen_ai_normalizer': 'use "genai"',
  'extensions.zpages': 'see /metrics and the health_check extension',
  'extensions.memory_limiter': 'set budgets.ingress, or put memory_limiter among the processors',
  'extensions.memory_ballast': 'it is not needed; remove it',
  'extensions.healthcheckv2': 'use "health_check"',
  'connectors.spanmetrics': 'use "genai_metrics" for calls of models',
  'connectors.span_metrics': 'use "genai_metrics" for calls of models',
};

/** Explains a type that the registry lacks but a reader of the Collector's documentation expects; undefined where it is none. */
export function explainForeignType(kind: ComponentKind, type: string): string | undefined {
  if (planned[kind].includes(type))
    return `the ${singular(kind)} "${type}" is not in this build of Weir`;
  if (!foreign[kind].has(type)) return undefined;
  const known = instead[`${kind}.${type}`];
  const mend =
    known ??
    (kind === 'receivers'
      ? 'run an OpenTelemetry Collector beside Weir for it and let it send OTLP here'
      : 'run an OpenTelemetry Collector beside Weir for it');
  return `"${type}" is a component of the Collector that is not part of Weir; ${mend}`;
}
