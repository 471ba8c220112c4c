import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import type {
  ComponentContext,
  Labels,
  LogFields,
  Logger,
} from '../../pipeline/component/context.ts';
import { systemClock } from '../../pipeline/telemetry/clock.ts';

/** A context for one component under test, that remembers what the component logged and counted. */
export interface RecordingContext extends ComponentContext {
  readonly lines: { level: string; message: string; fields: LogFields }[];
  readonly counted: { name: string; labels: Labels; value: number }[];
}

/** Makes a context; `overrides` replace parts of it. */
export function createRecordingContext(
  id: string,
  overrides: Partial<ComponentContext> = {},
): RecordingContext {
  const lines: RecordingContext['lines'] = [];
  const counted: RecordingContext['counted'] = [];
  return {
    id,
    logger: recordingLogger(lines),
    meter: {
      counter: (name, labels = {}) => ({
        add: (value) => counted.push({ name, labels, value }),
      }),
      count: (name, labels = {}, value = 1) => counted.push({ name, labels, value }),
      gauge: () => undefined,
      observe: () => undefined,
    },
    clock: systemClock,
    dataDir: '/nonexistent',
    ingressBudget: createByteBudget(0),
    offer: () => undefined,
    ...overrides,
    lines,
    counted,
  };
}

/** A log that remembers its lines, those of its children too. */
export function recordingLogger(lines: RecordingContext['lines']): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields });
    };
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}
