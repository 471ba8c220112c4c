import type { IngressRequest } from '../component/receiver.ts';
import type { Verdict } from '../component/verdict.ts';

/** What became of a request, and how many items it held; 0 where it could not be read. */
export interface Consumed {
  readonly verdict: Verdict;
  readonly items: number;
}

/** Something that takes requests: a pipeline. Never rejects. */
export interface Consumer {
  consume(request: IngressRequest): Promise<Consumed>;
}
