import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import { createCostReader } from './cost-details.ts';
import type { WriteSpan } from './observation.ts';
import { createModelStripper, createUsageStripper } from './strip.ts';
import { createUsageReader } from './usage-details.ts';

/**
 * Creates the writer of model, usage and cost. What is priced is sent with its cost; what is billed on another span is
 * sent without a model, with empty usage and a total of 0, so that nothing is counted twice; of what is not priced
 * Langfuse may work out the cost, but never invent the tokens.
 */
export function createBillWriter(keys: Keys): WriteSpan {
  const usageDetails = keys.key('langfuse.observation.usage_details');
  const costDetails = keys.key('langfuse.observation.cost_details');
  const status = keys.key('genai.cost.status');
  const readUsage = createUsageReader(keys);
  const readCost = createCostReader(keys);
  const writeModel = createModelWriter(keys);
  const stripModel = createModelStripper(keys);
  const stripUsage = createUsageStripper(keys);
  const hasText = createTextTest(keys);
  const put = (attributes: Attributes, key: typeof usageDetails, details: object): void => {
    attributes.setString(key, JSON.stringify(details));
  };

  return ({ attributes, statusCode }) => {
    const billed = attributes.string(status);
    if (billed === 'duplicate' || billed === 'aggregate') {
      stripModel(attributes);
      stripUsage(attributes);
      put(attributes, usageDetails, {});
      put(attributes, costDetails, { total: 0 });
      return;
    }
    const usage = readUsage(attributes);
    const cost = readCost(attributes);
    if (cost !== undefined) put(attributes, costDetails, cost);
    if (usage !== undefined) put(attributes, usageDetails, usage);
    const isGuessed = usage === undefined && cost === undefined && statusCode !== statusError;
    // With a known model and a text but no usage Langfuse counts tokens itself, and prices them.
    if (isGuessed && hasText(attributes)) stripModel(attributes);
    else writeModel(attributes);
  };
}

/** Status code of a failed span; Langfuse counts no tokens of its own for those. */
const statusError = 2;

function createModelWriter(keys: Keys): (attributes: Attributes) => void {
  const target = keys.key('langfuse.observation.model.name');
  const sources = ['gen_ai.response.model', 'gen_ai.request.model'].map((name) => keys.key(name));
  return (attributes) => {
    if (attributes.has(target)) return;
    const model = sources.map((key) => attributes.string(key)).find((text) => text);
    if (model !== undefined) attributes.setString(target, model);
  };
}

function createTextTest(keys: Keys): (attributes: Attributes) => boolean {
  const texts = ['langfuse.observation.input', 'langfuse.observation.output'].map((name) =>
    keys.key(name),
  );
  return (attributes) => texts.some((key) => attributes.has(key));
}
