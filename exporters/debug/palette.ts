/** The few styles that a trace needs. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Styles text for a terminal, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

const codes: Readonly<Record<Style, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** The painter of a stream; one that paints nothing where `colour` is false. */
export function createPaint(colour: boolean): Paint {
  if (!colour) return (_style, text) => text;
  return (style, text) => {
    const [on, off] = codes[style];
    return text === '' ? '' : `\u001b[${String(on)}m${text}\u001b[${String(off)}m`;
  };
}

/** What `wantsColour` looks at; Node's terminal streams have it, files and pipes do not. */
export interface ColourStream {
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

/** Whether to colour what goes to a stream: on terminals, minding NO_COLOR, FORCE_COLOR and TERM=dumb as Node does. */
export function wantsColour(stream: ColourStream): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true;
}
