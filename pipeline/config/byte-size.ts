import { z } from 'zod';

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** Parses a size (`4MiB`, `1.5GB`, `1048576`) to bytes; undefined where it is none. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(|B|KB|MB|GB|KiB|MiB|GiB)$/.exec(text);
  const isPartOfByte = match?.[2] === '' && !Number.isInteger(Number(match[1]));
  if (match === null || isPartOfByte) return undefined;
  return Math.round(Number(match[1]) * (unitBytes[match[2] ?? ''] ?? 0));
}

const byteSizeText = z
  .union([z.string(), z.number()])
  .transform((input, context): number => {
    const bytes = parseByteSize(String(input));
    if (bytes !== undefined) return bytes;
    context.addIssue({
      code: 'custom',
      message: `"${String(input)}" is not a size (use 512KiB, 4MiB, 1GiB, or a number of bytes)`,
    });
    return z.NEVER;
  })
  .meta({ format: 'size' });

/** A size in YAML, parsed to bytes, without a default. */
export function byteSize(): typeof byteSizeText {
  return byteSizeText.clone();
}

/** A size in YAML, parsed to bytes; the default is written as in YAML: `byteSizeOr('64MiB')`. */
export function byteSizeOr(defaultText: string): z.ZodPrefault<typeof byteSizeText> {
  return byteSizeText.prefault(defaultText);
}
