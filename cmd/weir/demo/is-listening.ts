import { connect } from 'node:net';

const connectTimeoutMs = 2000;

/** Whether something accepts TCP connections where the URL points. */
export function isListening(endpoint: URL): Promise<boolean> {
  const port = endpoint.port === '' ? (endpoint.protocol === 'https:' ? 443 : 80) : endpoint.port;
  const host = endpoint.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: connectTimeoutMs });
    const settle = (accepted: boolean) => (): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', settle(true));
    socket.once('error', settle(false));
    socket.once('timeout', settle(false));
  });
}
