import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { projectRoot } from '../../test/support/project-root.ts';
import { allDetectors } from './detectors/table.ts';
import type { Entity, Finding } from './entity.ts';
import { uniteHits } from './hits.ts';
import { createScanner, toScannable } from './scanner.ts';

interface Sample {
  readonly text: string;
  readonly entities: readonly {
    readonly type: string;
    readonly start16: number;
    readonly end16: number;
  }[];
  readonly neg_types?: readonly string[];
}

const entityOf: Readonly<Record<string, Entity>> = {
  EMAIL_ADDRESS: 'email',
  CREDIT_CARD: 'card',
  US_SSN: 'us_ssn',
  US_ITIN: 'us_itin',
  IP_ADDRESS: 'ip',
  JWT: 'jwt',
  GITHUB_TOKEN: 'api_key',
};

/** Recall that the selection reaches today; loopback addresses and bare numbers without context are left on purpose. */
const floors: Readonly<Record<string, number>> = {
  email: 1,
  card: 0.99,
  us_ssn: 1,
  us_itin: 0.8,
  ip: 0.82,
  jwt: 1,
  api_key: 0.75,
};

const file = join(projectRoot, 'processors/redaction/testdata/samples.jsonl.gz');
const samples = gunzipSync(readFileSync(file))
  .toString()
  .trim()
  .split('\n')
  // The file is our own; its README says what it holds.
  .map((line) => JSON.parse(line) as Sample);
const scan = createScanner(allDetectors);

function hitsIn(text: string): { entity: Finding; start: number; end: number }[] {
  return uniteHits(scan({ ...toScannable(text), keyAt: () => '' }).hits);
}

describe('labelled samples', () => {
  it('are found as often as before', () => {
    const counts = new Map<Entity, { labelled: number; found: number }>();
    for (const { text, entities: labels } of samples) {
      const hits = hitsIn(text);
      for (const label of labels) {
        const entity = entityOf[label.type];
        if (entity === undefined) continue;
        const count = counts.get(entity) ?? { labelled: 0, found: 0 };
        counts.set(entity, count);
        const start = Buffer.byteLength(text.slice(0, label.start16));
        const end = Buffer.byteLength(text.slice(0, label.end16));
        count.labelled++;
        if (hits.some((hit) => hit.entity === entity && hit.start < end && start < hit.end))
          count.found++;
      }
    }
    for (const [entity, { labelled, found }] of counts) {
      const recall = found / labelled;
      assert.ok(recall >= (floors[entity] ?? 1), `${entity}: ${found} of ${labelled}`);
    }
  });

  it('without personal data are left alone', () => {
    const negatives = samples.filter(({ neg_types }) => neg_types?.includes('ANY'));
    assert.ok(negatives.length > 100);
    for (const { text } of negatives) assert.deepEqual(hitsIn(text), [], text);
  });
});
