import { Command } from 'commander';
import { createClickHouseSchemaCommand } from './schema-clickhouse.ts';
import { printJson } from './terminal.ts';

/** `weir schema`: the JSON Schema of the configuration, for editors; `weir schema clickhouse`: the DDL of its tables. */
export function createSchemaCommand(): Command {
  return new Command('schema')
    .summary('print the JSON Schema of the configuration, for editors, or the DDL of tables')
    .description('Print the JSON Schema (2020-12) of the configuration, for editors.')
    .addCommand(createClickHouseSchemaCommand())
    .addHelpText('after', '\nExample:\n  $ weir schema > config.schema.json')
    .action(async () => {
      const [{ toJsonSchema }, { registry }] = await Promise.all([
        import('../../pipeline/config/json-schema.ts'),
        import('./components.ts'),
      ]);
      printJson(toJsonSchema(await registry.load(registry.types)));
    });
}
