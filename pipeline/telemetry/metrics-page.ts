import { startMetricsServer } from './metrics-server.ts';
import type { MetricsPage, MetricsServer, MetricsSource } from './metrics-server.ts';
import { toOpenMetrics } from './open-metrics.ts';

/** The text format of Prometheus 0.0.4, or OpenMetrics 1.0. */
export type MetricsFormat = 'text' | 'openmetrics';

/** What a component adds to a page. */
export interface MetricsSection {
  /** Whether OpenMetrics may be served to those that ask for it. */
  readonly hasOpenMetrics: boolean;
  /** Metric families but those whose names are in `taken`, to which the names of its own are added. */
  render(format: MetricsFormat, taken: Set<string>): string;
}

/** Pages of metrics that components share: one that listens is there as long as a section is on it. */
export interface MetricsPages {
  /**
   * Puts a section on the page at `endpoint` (`host:port`), or on Weir's own where undefined; resolves with what takes it
   * off again. A section that replaces another one on the same endpoint finds the page listening.
   * @throws Error where the endpoint cannot be listened on, or Weir serves no page.
   */
  serve(section: MetricsSection, endpoint: string | undefined): Promise<() => Promise<void>>;
  /** The port of the page at `endpoint`, for where 0 was asked for. */
  portOf(endpoint: string): number | undefined;
  /** Weir's own page with the sections on it; undefined where it has none. */
  readonly own: MetricsPage | undefined;
}

/** The name under which the daemon offers its `MetricsPages` to components. */
export const metricsPagesOffer = 'weir.metrics_pages';

/** Creates the pages; `own` is what Weir's own page begins with. */
export function createMetricsPages(own?: MetricsSource): MetricsPages {
  const ownPage = own === undefined ? undefined : createPage(own);
  const listening = new Map<string, Listening>();
  const open = (endpoint: string): Listening => {
    const known = listening.get(endpoint);
    if (known !== undefined) return known;
    const page = createPage(undefined);
    const starting = startMetricsServer(endpoint, page.shown, 'endpoint of the exporter');
    const one: Listening = { page, starting, port: undefined };
    listening.set(endpoint, one);
    return one;
  };
  const close = async (endpoint: string, { starting }: Listening): Promise<void> => {
    listening.delete(endpoint);
    await (await starting.catch(() => undefined))?.close();
  };
  return {
    serve: async (section, endpoint) => {
      if (endpoint === undefined) {
        if (ownPage === undefined) throw new Error(noPage);
        return ownPage.add(section);
      }
      const one = open(endpoint);
      const remove = one.page.add(section);
      const leave = async (): Promise<void> => {
        await remove();
        if (one.page.size === 0 && listening.get(endpoint) === one) await close(endpoint, one);
      };
      try {
        one.port = (await one.starting).port;
      } catch (error) {
        await leave();
        throw error;
      }
      return leave;
    },
    portOf: (endpoint) => listening.get(endpoint)?.port,
    own: ownPage?.shown,
  };
}

const noPage =
  'Weir serves no /metrics to add to: set endpoint, or turn service.telemetry.metrics on';

interface Listening {
  readonly page: Page;
  readonly starting: Promise<MetricsServer>;
  port: number | undefined;
}

interface Page {
  readonly shown: MetricsPage;
  readonly size: number;
  add(section: MetricsSection): () => Promise<void>;
}

const textType = 'text/plain; version=0.0.4; charset=utf-8';
const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

function createPage(first: MetricsSource | undefined): Page {
  const sections = new Set<MetricsSection>();
  const render = async (accept: string): Promise<{ contentType: string; text: string }> => {
    const isOpen =
      accept.includes('application/openmetrics-text') &&
      [...sections].some(({ hasOpenMetrics }) => hasOpenMetrics);
    const format = isOpen ? 'openmetrics' : 'text';
    const own = first === undefined ? '' : await first.render();
    const taken = new Set<string>();
    for (const [, name] of own.matchAll(/^# TYPE (\S+)/gm)) taken.add(name ?? '');
    let text = isOpen ? toOpenMetrics(own) : own;
    for (const section of sections) text += section.render(format, taken);
    if (!isOpen) return { contentType: textType, text };
    return { contentType: openMetricsType, text: `${text}# EOF\n` };
  };
  return {
    shown: { render },
    get size() {
      return sections.size;
    },
    add: (section) => {
      sections.add(section);
      return () => {
        sections.delete(section);
        return Promise.resolve();
      };
    },
  };
}
