/** The parts of an OTLP/JSON metrics request that are read here; what has its default value is absent. */
export interface OtlpMetrics {
  readonly resourceMetrics?: readonly ResourceMetrics[];
}

export interface ResourceMetrics {
  readonly resource?: { readonly attributes?: readonly KeyValue[] };
  readonly scopeMetrics?: readonly ScopeMetrics[];
}

interface ScopeMetrics {
  readonly scope?: { readonly name?: string; readonly version?: string };
  readonly metrics?: readonly Metric[];
}

/** A metric with one of the kinds of data. */
export interface Metric {
  readonly name?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly gauge?: Data<NumberPoint>;
  readonly sum?: Data<NumberPoint> & { readonly isMonotonic?: boolean };
  readonly histogram?: Data<HistogramPoint>;
  readonly exponentialHistogram?: Data<ExponentialPoint>;
  readonly summary?: Data<SummaryPoint>;
}

interface Data<Point> {
  readonly dataPoints?: readonly Point[];
  /** 1 delta, 2 cumulative. */
  readonly aggregationTemporality?: number;
}

/** What all kinds of points have. */
export interface PointBase {
  readonly attributes?: readonly KeyValue[];
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano?: string;
  readonly flags?: number;
  readonly exemplars?: readonly OtlpExemplar[];
}

/** Doubles that JSON cannot write are strings: NaN, Infinity, -Infinity. */
export type Double = number | string;

/** A point of a gauge or a sum. */
export interface NumberPoint extends PointBase {
  readonly asDouble?: Double;
  readonly asInt?: string;
}

/** A point of a histogram with bounds. */
export interface HistogramPoint extends PointBase {
  readonly count?: string;
  readonly sum?: Double;
  readonly bucketCounts?: readonly string[];
  readonly explicitBounds?: readonly Double[];
}

/** A point of an exponential histogram. */
export interface ExponentialPoint extends PointBase {
  readonly count?: string;
  readonly sum?: Double;
  readonly scale?: number;
  readonly zeroCount?: string;
  readonly zeroThreshold?: Double;
  readonly positive?: Buckets;
  readonly negative?: Buckets;
}

/** Counts of neighbouring buckets from `offset` on. */
export interface Buckets {
  readonly offset?: number;
  readonly bucketCounts?: readonly string[];
}

/** A point of a summary. */
export interface SummaryPoint extends PointBase {
  readonly count?: string;
  readonly sum?: Double;
  readonly quantileValues?: readonly { readonly quantile?: Double; readonly value?: Double }[];
}

/** One measurement; ids are hex. */
export interface OtlpExemplar {
  readonly timeUnixNano?: string;
  readonly asDouble?: Double;
  readonly asInt?: string;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** An attribute. */
export interface KeyValue {
  readonly key?: string;
  readonly value?: Readonly<Record<string, unknown>>;
}
