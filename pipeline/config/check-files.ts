import { resolve } from 'node:path';
import type { ReferenceContext } from './check-pipelines.ts';
import type { PipelineSpec } from './config.ts';
import { exportersInUse } from './exporters-in-use.ts';
import { reportError } from './sections.ts';

/** Terminals, pipes and `/dev/null` take from several what they take from one; `/dev/shm` holds files. */
const device = /^\/dev\/(?!shm\/)/;

/** Reports exporters of pipelines that would write one file: each would write over what the other wrote. */
export function checkFiles(
  pipelines: readonly PipelineSpec[],
  cwd: string,
  context: ReferenceContext,
): void {
  const { root, report } = context;
  const writers = new Map<string, string>();
  for (const { factory, spec } of exportersInUse(pipelines, context)) {
    const { id } = spec;
    const file = factory.writesTo(spec.raw);
    if (file === undefined) continue;
    const path = resolve(cwd, file);
    if (device.test(path)) continue;
    const other = writers.get(path);
    writers.set(path, other ?? id);
    if (other === undefined) continue;
    const message = `exporters.${other} writes the same file, and each would write over the other; set another path, or name "${other}" in every pipeline`;
    reportError(report, root, ['exporters', id], { code: 'file_conflict', message });
  }
}
