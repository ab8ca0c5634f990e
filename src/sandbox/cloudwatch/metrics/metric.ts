/** What names a metric: namespace, name and dimensions. */

export interface Dimension {
  readonly name: string;
  readonly value: string;
}

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  /** Sorted by name, so that two spellings of one metric are equal. */
  readonly dimensions: readonly Dimension[];
}

/** A metric with its dimensions in the one order that makes it comparable. */
export function metric(namespace: string, name: string, dimensions: readonly Dimension[]): Metric {
  const sorted = [...dimensions].sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  return { namespace, name, dimensions: sorted };
}

/** A string that is equal for equal metrics only. */
export function metricKey({ namespace, name, dimensions }: Metric): string {
  return JSON.stringify([namespace, name, ...dimensions.map((dimension) => [dimension.name, dimension.value])]);
}
