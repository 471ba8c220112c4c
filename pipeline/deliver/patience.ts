/**
 * Refusals of one slice that are looked into: 16 poison items, one in each sixteenth, make 31 refusals before the sink can
 * take anything, and a few more for the order of the parts.
 */
const fullCredit = 40;
/** What is left of it after a slice of which the sink took nothing: the whole, its halves, and one quarter. */
const shortCredit = 4;
/** Good parts are a sign that the search gets somewhere. */
const creditPerAccepted = 2;

/** How many refusals of one slice are still looked into. */
export interface Credit {
  /** False where the sink has taken nothing and what is left of the slice is not worth sending. */
  readonly isWorthSending: boolean;
  accepted(): void;
  /** True where the refused part is to be halved. */
  spend(): boolean;
}

/** The memory of one delivery loop for sinks that refuse everything. */
export interface Patience {
  begin(): Credit;
}

/**
 * Bounds the search for poison items. Without a bound, a sink that refuses everything would cost two requests an item: of
 * a slice that it takes nothing of, 40 requests are sent and the rest counts as refused; of the next such slices 4.
 */
export function createPatience(): Patience {
  let credit = fullCredit;
  return {
    begin: () => {
      let left = credit;
      let hasAccepted = false;
      return {
        get isWorthSending() {
          return hasAccepted || left > 0;
        },
        accepted: () => {
          hasAccepted = true;
          left += creditPerAccepted;
          credit = fullCredit;
        },
        spend: () => {
          left -= 1;
          if (left <= 0 && !hasAccepted) credit = shortCredit;
          return left >= 0;
        },
      };
    },
  };
}
