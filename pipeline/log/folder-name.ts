/**
 * The name of the file or folder of a pipeline or exporter id: every byte but `a-z`, `0-9`, `_`, `-` and an inner `.` as
 * `%XX`. Capitals are written so too: two ids never share a name where the disk does not tell their case apart.
 */
export function toFolderName(id: string): string {
  return Array.from(Buffer.from(id), (byte, at) =>
    isPlain(byte, at) ? String.fromCharCode(byte) : escapeByte(byte),
  ).join('');
}

/** The id that `toFolderName` made the name of; undefined where it made none such. */
export function fromFolderName(name: string): string | undefined {
  if (!/^(?:[^%]|%[0-9A-F]{2})*$/.test(name)) return undefined;
  const latin1 = name.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  const id = Buffer.from(latin1, 'latin1').toString();
  return toFolderName(id) === name ? id : undefined;
}

const dot = 0x2e;

function isPlain(byte: number, at: number): boolean {
  return /[a-z0-9_-]/.test(String.fromCharCode(byte)) || (byte === dot && at > 0);
}

function escapeByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
