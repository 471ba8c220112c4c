import type { ExporterFactory } from '../component/exporter.ts';
import type { SettingFactory } from '../component/processor.ts';
import type { Factory } from '../component/registry.ts';

/** True for an exporter's factory. */
export function isExporterFactory(factory: Factory): factory is ExporterFactory {
  return factory.kind === 'exporter';
}

/** True for a Collector processor that becomes engine settings. */
export function isSettingFactory(factory: Factory): factory is SettingFactory {
  return factory.kind === 'setting';
}
