/** Where a payload goes. A payload without a route stands for items that Langfuse has no place for. */
export interface Route {
  readonly to: 'traces' | 'scores';
}

/** Tells a route of this exporter's encoder. */
export function isRoute(route: unknown): route is Route {
  if (typeof route !== 'object' || route === null || !('to' in route)) return false;
  return route.to === 'traces' || route.to === 'scores';
}
