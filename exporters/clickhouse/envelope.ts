import { AttributeMap, equalBytes } from './attribute-map.ts';
import { valueFields } from './any-value.ts';
import { MessageFields } from './message-fields.ts';
import type { Place } from './message-fields.ts';
import { RowBinaryWriter } from './row-binary.ts';
import { gatherAttributes, writeAttributes } from './write-fields.ts';

/** ExportTraceServiceRequest and its siblings: 1 resource_spans, resource_logs or resource_metrics. */
const requestLayout = { 1: 'repeated' } as const;
/** ResourceSpans and its siblings: 1 resource, 2 scope_spans, 3 schema_url. */
const resourceGroupLayout = { 1: 'bytes', 2: 'repeated', 3: 'bytes' } as const;
/** Resource: 1 attributes. */
const resourceLayout = { 1: 'repeated' } as const;
/** ScopeSpans and its siblings: 1 scope, 2 spans, log_records or metrics, 3 schema_url. */
const scopeGroupLayout = { 1: 'bytes', 2: 'repeated', 3: 'bytes' } as const;
/** InstrumentationScope: 1 name, 2 version, 3 attributes, 4 dropped_attributes_count. */
const scopeLayout = { 1: 'bytes', 2: 'bytes', 3: 'repeated', 4: 'varint' } as const;

const serviceNameKey = Buffer.from('service.name');
const nowhere: Place = { start: 0, stop: 0 };

/**
 * What stands around the items of a request. Attributes of resource and scope are encoded once and copied into each row.
 */
export class Envelope {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** The resource's service.name. */
  serviceName: Place = nowhere;
  resourceSchemaUrl: Place = nowhere;
  /** The resource's attributes as a map. */
  readonly resource = new RowBinaryWriter();
  scopeName: Place = nowhere;
  scopeVersion: Place = nowhere;
  scopeSchemaUrl: Place = nowhere;
  scopeDroppedAttributes = 0;
  /** The scope's attributes as a map. */
  readonly scope = new RowBinaryWriter();

  readonly #attributes = new AttributeMap();
  readonly #request = new MessageFields(requestLayout);
  readonly #resourceGroup = new MessageFields(resourceGroupLayout);
  readonly #resourceFields = new MessageFields(resourceLayout);
  readonly #scopeGroup = new MessageFields(scopeGroupLayout);
  readonly #scopeFields = new MessageFields(scopeLayout);

  /** Visits every span, log record or metric message of a request, with this envelope set to what stands around it. */
  walk(bytes: Uint8Array<ArrayBuffer>, visit: (start: number, stop: number) => void): void {
    this.bytes = bytes;
    const groups = this.#request.read(bytes, 0, bytes.length).list(1);
    for (let i = 0; i < groups.length; i += 2) {
      this.#resourceGroup.read(bytes, groups[i] ?? 0, groups[i + 1] ?? 0);
      this.#enterResource();
      const scopes = this.#resourceGroup.list(2);
      for (let s = 0; s < scopes.length; s += 2) {
        this.#scopeGroup.read(bytes, scopes[s] ?? 0, scopes[s + 1] ?? 0);
        this.#enterScope();
        const items = this.#scopeGroup.list(2);
        for (let n = 0; n < items.length; n += 2) visit(items[n] ?? 0, items[n + 1] ?? 0);
      }
    }
  }

  #enterResource(): void {
    this.#resourceFields.readIn(this.#resourceGroup, 1);
    this.resourceSchemaUrl = this.#resourceGroup.place(3);
    const attributes = gatherAttributes(this.#resourceFields, 1, this.#attributes);
    this.serviceName = findServiceName(this.bytes, attributes);
    this.resource.clear();
    attributes.write(this.resource);
  }

  #enterScope(): void {
    const fields = this.#scopeFields.readIn(this.#scopeGroup, 1);
    this.scopeSchemaUrl = this.#scopeGroup.place(3);
    this.scopeName = fields.place(1);
    this.scopeVersion = fields.place(2);
    this.scopeDroppedAttributes = fields.integer(4);
    this.scope.clear();
    writeAttributes(this.scope, fields, 3, this.#attributes);
  }
}

function findServiceName(bytes: Uint8Array, attributes: AttributeMap): Place {
  for (let index = 0; index < attributes.count; index++) {
    const key = { start: attributes.keyStart(index), stop: attributes.keyStop(index) };
    if (!equalBytes(bytes, key, serviceNameKey)) continue;
    const value = attributes.value(index);
    if (value.field === valueFields.string) return { start: value.start, stop: value.stop };
  }
  return nowhere;
}

/** Writes a place of the request as a String. */
export function writePlace(writer: RowBinaryWriter, { bytes }: Envelope, place: Place): void {
  writer.bytes(bytes, place.start, place.stop);
}
