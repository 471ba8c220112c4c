import type { EngineStatus } from '../../pipeline/graph/status.ts';
import type { LastReload } from '../../pipeline/graph/reloader.ts';
import type { HealthCheckConfig } from './config.ts';

/** What the probes look at. */
export interface Health extends EngineStatus {
  /** Undefined before the first reload, and where nothing can reload. */
  readonly lastReload: LastReload | undefined;
  readonly nowMs: number;
}

/** What a probe says. */
export interface ProbeAnswer {
  readonly isOk: boolean;
  readonly body: string;
}

/** The answer to a GET of that path; undefined where there is no probe. */
export function answerProbe(
  path: string,
  config: HealthCheckConfig,
  health: Health,
): ProbeAnswer | undefined {
  if (path === '/ready') return { isOk: isReady(health), body: readyBody(health) };
  if (path === '/live') return { isOk: health.stalls.length === 0, body: liveBody(health) };
  if (path !== config.path) return undefined;
  const { healthy, unhealthy } = config.response_body;
  const own = isReady(health) ? healthy : unhealthy;
  return { isOk: isReady(health), body: own === '' ? collectorBody(health) : own };
}

function isReady({ state, refusals }: Health): boolean {
  return state === 'running' && refusals.length === 0;
}

/** A reload that failed does not make the daemon unready: the graph before it runs on. */
function readyBody(health: Health): string {
  const { state, refusals, lastReload } = health;
  return toJson({
    status: isReady(health) ? 'ready' : 'not ready',
    state,
    ...(refusals.length > 0 && { reasons: refusals }),
    ...(lastReload !== undefined && {
      reload: {
        outcome: lastReload.outcome,
        at: new Date(lastReload.atMs).toISOString(),
        problem: lastReload.problem,
      },
    }),
  });
}

function liveBody({ stalls }: Health): string {
  if (stalls.length === 0) return toJson({ status: 'live' });
  return toJson({ status: 'stalled', reasons: stalls });
}

/** The Collector's body: `status`, and since when it is up. */
function collectorBody(health: Health): string {
  const { state, runningSinceMs, nowMs } = health;
  if (!isReady(health) || runningSinceMs === undefined) {
    return JSON.stringify({ status: 'Server not available', state });
  }
  const upSince = new Date(runningSinceMs).toISOString();
  const uptime = `${(nowMs - runningSinceMs) / 1000}s`;
  return JSON.stringify({ status: 'Server available', upSince, uptime });
}

function toJson(body: unknown): string {
  return `${JSON.stringify(body)}\n`;
}
