import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { idRules } from '../processors/redaction/detectors/table.ts';
import { rowOfLabel } from './pii-labels.ts';

/** One labelled value; offsets are UTF-16 code units. */
export interface Label {
  readonly type: string;
  readonly start16: number;
  readonly end16: number;
  readonly value: string;
}

/** One line of a sample file. */
export interface Sample {
  readonly text: string;
  readonly entities: readonly Label[];
  readonly kind: string;
  readonly variant?: string;
  /** Types for which the labels are complete. */
  readonly label_types?: readonly string[];
  readonly neg_types?: readonly string[];
}

/** Reads all sample files of a folder; they are our own and hold what their README says. */
export function* samplesIn(folder: string): Generator<Sample> {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl.gz'))) {
    const lines = gunzipSync(readFileSync(join(folder, file)))
      .toString()
      .trim()
      .split('\n');
    for (const line of lines) yield withWord(JSON.parse(line) as Sample);
  }
}

/** Values that are given bare get the word that makes them one. */
function withWord(sample: Sample): Sample {
  if (sample.kind !== 'validator') return sample;
  const row = rowOfLabel(sample.entities[0]?.type ?? sample.neg_types?.[0] ?? '');
  const lead = `${idRules.find(({ entity }) => entity === row)?.words[0] ?? 'value'}: `;
  const entities = sample.entities.map((label) => ({
    ...label,
    start16: label.start16 + lead.length,
    end16: label.end16 + lead.length,
  }));
  return { ...sample, text: lead + sample.text, entities };
}

/** The half that rules are looked at with, and the one that only confirms them. */
export const halves = ['tuned', 'held out'] as const;
export type Half = (typeof halves)[number];

/** One value is in one half, however it was encoded. */
export function halfOf(sample: Sample): Half {
  const value = (sample.entities[0]?.value ?? valueOf(sample)).replace(/\W/g, '');
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(value)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return ((hash >>> 7) & 1) === 0 ? 'tuned' : 'held out';
}

function valueOf({ kind, text }: Sample): string {
  return kind === 'validator' ? text.slice(text.indexOf(': ') + 2) : text;
}

/** Frames into which the samples were put, by variant; what is between is the value that an oracle accepted or refused. */
const frames: readonly RegExp[] = [
  /^Please note ([^]*) in the record, thanks$/,
  /"field\\": \\"([^]*)\\", \\"note\\"/,
  /Hello,\\n[^]*?\\n([^]*)\\nthanks"/,
  /^（[^：]*：([^]*)）$/,
  /^GET \/u\?id=([^]*)&x=1$/,
  /^[^:]{2,40}: ([^]*?)\.?$/,
];

/** The value that was put into a sample's frame; undefined where the frame is not known. */
export function framedValue({ text }: Sample): string | undefined {
  for (const frame of frames) {
    const value = frame.exec(text)?.[1];
    if (value !== undefined) return value;
  }
  return undefined;
}
