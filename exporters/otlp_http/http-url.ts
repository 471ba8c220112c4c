import { z } from 'zod';

/** An absolute http or https URL; what is wrong with it names the mend. */
export const httpUrl = z.string().superRefine((text, context) => {
  const message = describeUrlMistake(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

function describeUrlMistake(text: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined)
    return `"${text}" has no scheme (write http://${text} or https://${text})`;
  if (scheme !== 'http' && scheme !== 'https') {
    return `"${scheme}://" is not a scheme of OTLP/HTTP (use http:// or https://)`;
  }
  return URL.canParse(text) ? undefined : `"${text}" is not a URL`;
}
