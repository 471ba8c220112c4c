/**
 * What may be said of an error that nobody caught: its name, its code and where it was thrown. Its message and its other
 * fields stay unsaid, because they may quote what was in flight (`JSON.parse` does), and so does the line that threw it.
 */
export function crashOutput(error: unknown): string {
  if (!(error instanceof Error)) return `weir: crashed by a thrown ${typeof error}\n`;
  const { message, stack = '' } = error;
  const behind = message === '' ? stack : (stack.split(message).at(-1) ?? '');
  const frames = behind.split('\n').filter((line) => /^\s+at /.test(line));
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return [`weir: crashed by ${error.constructor.name}${code}`, ...frames, ''].join('\n');
}
