/** What tells a project from others; each part may come from the environment that Langfuse's own SDKs read. */
interface ConnectionConfig {
  readonly endpoint?: string | undefined;
  readonly public_key?: string | undefined;
  readonly secret_key?: string | undefined;
}

/** Where to send, and as whom. */
export interface Connection {
  readonly traces: URL;
  readonly scores: URL;
  /** Value of the Authorization header. */
  readonly authorization: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const cloud = 'https://cloud.langfuse.com';

const credentials = [
  { key: 'public_key', variable: 'LANGFUSE_PUBLIC_KEY' },
  { key: 'secret_key', variable: 'LANGFUSE_SECRET_KEY' },
] as const;

/** The credential that neither the configuration nor the environment gives; undefined where both are there. */
export function missingCredential(
  config: ConnectionConfig,
  environment: Environment = process.env,
): (typeof credentials)[number] | undefined {
  return credentials.find(({ key, variable }) => !(config[key] ?? environment[variable]));
}

/** Puts together the URLs and the Basic authorization. @throws TypeError where LANGFUSE_HOST is not a URL. */
export function toConnection(
  config: ConnectionConfig,
  environment: Environment = process.env,
): Connection {
  const base = new URL(config.endpoint ?? environment['LANGFUSE_HOST'] ?? cloud);
  const [user = '', password = ''] = credentials.map(
    ({ key, variable }) => config[key] ?? environment[variable],
  );
  const token = Buffer.from(`${user}:${password}`).toString('base64');
  return {
    traces: at(base, 'otel/v1/traces'),
    scores: at(base, 'scores'),
    authorization: `Basic ${token}`,
  };
}

/** A base may carry a path (Langfuse behind a prefix), and may be the OTLP base that Langfuse's documentation gives. */
function at(base: URL, path: string): URL {
  const url = new URL(base);
  const prefix = base.pathname.replace(/\/+$/, '').replace(/\/api\/public(\/otel)?$/, '');
  url.pathname = `${prefix}/api/public/${path}`;
  return url;
}
