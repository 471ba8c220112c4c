import { defineSetting } from '../../pipeline/component/processor.ts';
import type { SettingFactory } from '../../pipeline/component/processor.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { readMachine } from '../../pipeline/stage/machine.ts';
import { memoryLimiterConfig } from './config.ts';

/** The Collector's `memory_limiter`: here requests reserve their bytes before they are read, so it sets that budget. */
export const memoryLimiterProcessor: SettingFactory = defineSetting({
  type: 'memory_limiter',
  signals,
  schema: memoryLimiterConfig,
  note: 'sets the byte budget that requests reserve before they are read',
  settings: ({ limit_mib: limitMiB, limit_percentage: percentage }) => ({
    memoryLimitBytes:
      limitMiB > 0 ? limitMiB * 1024 ** 2 : (readMachine().memoryBytes * percentage) / 100,
  }),
});
