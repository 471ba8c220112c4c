import { isAbsolute } from 'node:path';
import type { Factories, Registry } from '../component/registry.ts';
import {
  checkComponents,
  typesNamedIn,
  type CheckedComponent,
  type CheckedComponents,
} from './check-components.ts';
import { checkConnectors } from './check-connectors.ts';
import { checkEndpoints } from './check-endpoints.ts';
import { checkExtensions, checkNeeds } from './check-extensions.ts';
import { checkFiles } from './check-files.ts';
import { checkLoops } from './check-loops.ts';
import { checkPipelines, type ReferenceContext } from './check-pipelines.ts';
import { checkService, type CheckedService } from './check-service.ts';
import type { ComponentSpec, Config, PipelineSpec } from './config.ts';
import { resolveDataDir } from './data-dir.ts';
import { arrangeDiagnostics, type Diagnostic, type Report } from './diagnostic.ts';
import { excerptOf } from './excerpt.ts';
import { checkStorages } from './check-storages.ts';
import { expandReferences } from './expand.ts';
import type { ComponentKind } from './foreign-components.ts';
import { mergeNodes } from './merge.ts';
import type { ConfigNode, MapNode } from './node.ts';
import { addNotes } from './notes.ts';
import { parseYaml } from './parse.ts';
import { splitSections } from './sections.ts';
import { parseSetOption, setOptionsName } from './set-option.ts';
import { readSource, type ConfigSource, type SourceText } from './source.ts';

/** What a configuration is made of. */
export interface LoadOptions {
  /** Merged in this order. */
  readonly sources: readonly ConfigSource[];
  /** `a.b=c`, laid over the sources. */
  readonly sets: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly registry: Registry;
  /** Relative paths start here. */
  readonly cwd: string;
  /** `--data-dir`; goes before the environment and the file. */
  readonly dataDir?: string | undefined;
}

/** A configuration that can be built, with what is worth knowing about it; or everything that is wrong with it. */
export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Reads, merges, expands and checks a configuration. Expected failures are data: it does not throw, and it reports every
 * error at once, at most 50, each at its place in the sources. Nothing in the result's diagnostics is a secret.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadResult> {
  const found: Diagnostic[] = [];
  const texts: SourceText[] = [];
  const report: Report = (diagnostic) => found.push(diagnostic);
  const root = readTree(options, texts, report);
  const config = root === undefined ? undefined : await checkTree(root, options, report);
  const isBroken = found.some((diagnostic) => diagnostic.severity === 'error');
  const shown = isBroken ? found.filter((diagnostic) => diagnostic.severity !== 'info') : found;
  const files = texts.map((text) => text.name);
  const diagnostics = arrangeDiagnostics(shown, files).map((diagnostic) =>
    withExcerpt(diagnostic, texts, options.cwd),
  );
  if (config === undefined || isBroken) return { ok: false, diagnostics };
  return { ok: true, config, warnings: diagnostics };
}

function readTree(options: LoadOptions, texts: SourceText[], report: Report): MapNode | undefined {
  const trees: (ConfigNode | undefined)[] = options.sources.map((source) => {
    const text = readSource(source, options.cwd, report);
    if (text === undefined) return undefined;
    texts.push(text);
    return parseYaml(text, report);
  });
  trees.push(...options.sets.map((option, index) => parseSetOption(option, index + 1, report)));
  texts.push({ name: setOptionsName, text: options.sets.join('\n') });
  const parsed = trees.filter((tree) => tree !== undefined);
  const [first, ...rest] = parsed;
  if (first === undefined || parsed.length < trees.length) return undefined;
  const merged = expandReferences(rest.reduce(mergeNodes, first), {
    env: options.env,
    cwd: options.cwd,
    report,
    onSource: (source) => texts.push(source),
  });
  return merged.kind === 'map' ? merged : undefined;
}

async function checkTree(root: MapNode, options: LoadOptions, report: Report): Promise<Config> {
  const { registry } = options;
  const sections = splitSections(root, report);
  const factories = await registry.load(typesNamedIn(sections));
  const build = { types: registry.types, factories };
  const components = checkComponents(root, sections, build, report);
  const service = checkService(root, sections, report);
  const context: ReferenceContext = {
    root,
    service: service.written,
    components,
    registry,
    factories,
    report,
  };
  const pipelines = checkPipelines(context);
  const enabledExtensions = checkExtensions(context);
  checkNeeds(pipelines, enabledExtensions, context);
  await checkStorages(pipelines, enabledExtensions, context);
  checkConnectors(pipelines, context);
  checkEndpoints(pipelines, enabledExtensions, service.telemetry.metrics, context);
  checkFiles(pipelines, options.cwd, context);
  checkLoops(pipelines, context);
  addNotes(pipelines, enabledExtensions, context);
  return toConfig({ components, factories, service, pipelines, enabledExtensions }, options);
}

function toConfig(
  checked: {
    readonly components: CheckedComponents;
    readonly factories: Factories;
    readonly service: CheckedService;
    readonly pipelines: readonly PipelineSpec[];
    readonly enabledExtensions: readonly string[];
  },
  options: LoadOptions,
): Config {
  const { components, service } = checked;
  const specs = (kind: ComponentKind): ReadonlyMap<string, ComponentSpec> =>
    specsOf(components.known[kind]);
  return {
    receivers: specs('receivers'),
    processors: specs('processors'),
    exporters: specs('exporters'),
    connectors: specs('connectors'),
    extensions: specs('extensions'),
    factories: checked.factories,
    enabledExtensions: checked.enabledExtensions,
    pipelines: checked.pipelines,
    dataDir: resolveDataDir(service.dataDir, options),
    telemetry: service.telemetry,
    engine: service.engine,
  };
}

function specsOf(
  components: ReadonlyMap<string, CheckedComponent>,
): ReadonlyMap<string, ComponentSpec> {
  return new Map([...components].map(([id, { spec }]) => [id, spec]));
}

function withExcerpt(
  diagnostic: Diagnostic,
  texts: readonly SourceText[],
  cwd: string,
): Diagnostic {
  const { file, line, column } = diagnostic.position;
  const position = { file: shownName(file, cwd), line, column };
  const source = texts.find((text) => text.name === file);
  const excerpt = source === undefined ? undefined : excerptOf(source, line, column);
  return { ...diagnostic, position, ...(excerpt === undefined ? {} : { excerpt }) };
}

/** Included files are known by absolute paths; below the working directory the short form reads better. */
function shownName(name: string, cwd: string): string {
  const prefix = cwd.endsWith('/') ? cwd : `${cwd}/`;
  return isAbsolute(name) && name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
