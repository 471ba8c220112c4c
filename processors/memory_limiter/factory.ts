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
  settings: (config) => {
    const { memoryBytes } = readMachine();
    const toBytes = (mib: number, percentage: number): number =>
      mib > 0 ? mib * 1024 ** 2 : (memoryBytes * percentage) / 100;
    const spike = toBytes(config.spike_limit_mib, config.spike_limit_percentage);
    return {
      memoryLimitBytes: toBytes(config.limit_mib, config.limit_percentage),
      ...(spike > 0 && { memorySpikeBytes: spike }),
    };
  },
});
