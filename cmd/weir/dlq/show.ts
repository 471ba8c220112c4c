import { encodeJson } from '../../../pipeline/otlp/encode-json.ts';
import { CommandFailure } from '../exit-code.ts';
import { escapeControls } from '../query/escape-controls.ts';
import { printJson, tell } from '../terminal.ts';
import { entriesOf } from './boxes.ts';
import type { Box } from './boxes.ts';

/**
 * Prints the request of an entry as OTLP/JSON.
 * @throws CommandFailure where there is no such entry.
 */
export async function showEntry(boxes: readonly Box[], id: string): Promise<void> {
  for (const { folder, files, pipeline, exporter } of boxes) {
    for await (const entry of entriesOf(folder, files)) {
      if (entry.id !== id) continue;
      const { items, reason, error, time } = entry;
      const what = `${items} items of ${pipeline} refused by ${exporter} at ${time}`;
      tell(escapeControls(`${what}: ${reason}: ${error}`));
      printJson(JSON.parse(encodeJson(entry.signal, entry.request)));
      return;
    }
  }
  throw new CommandFailure(`weir dlq: no entry "${id}"; weir dlq list --entries names them`);
}
