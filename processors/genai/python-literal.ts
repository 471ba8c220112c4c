import { parseJson } from './usage-object.ts';

/** Python's `repr` of dicts, numbers and plain strings as data; undefined where it is anything more. JSON is such, too. */
export function parsePythonLiteral(text: string | undefined): unknown {
  return (
    parseJson(text) ??
    parseJson(
      text
        ?.replaceAll("'", '"')
        .replace(/\bNone\b/g, 'null')
        .replace(/\bTrue\b/g, 'true')
        .replace(/\bFalse\b/g, 'false'),
    )
  );
}
