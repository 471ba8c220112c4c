import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8 from giving the main thread more room for new objects than the 2 MiB it begins with, until the returned function is
 * called. A start makes much garbage, for which V8 would take 16 MiB and more and hold them: a third of what a daemon without
 * work then took. It is the factor that is set, because the limits themselves cannot be set in a process that runs.
 */
export function keepNewSpaceSmall(): () => void {
  setFlagsFromString('--semi-space-growth-factor=1');
  return () => {
    setFlagsFromString(`--semi-space-growth-factor=${usualGrowthFactor}`);
  };
}

/** V8's own. */
const usualGrowthFactor = 2;
