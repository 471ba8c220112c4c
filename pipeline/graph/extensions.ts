import type { Extension } from '../component/extension.ts';
import type { ComponentSpec, Config } from '../config/config.ts';
import { isStorageSettings, storageOffer } from '../log/storage.ts';
import type { StorageSettings } from '../log/storage.ts';
import type { Slot, Slots } from './exchange.ts';
import { factoryOf, specOf } from './plan.ts';
import { createContext } from './services.ts';
import type { Services } from './services.ts';

/** Extensions by id. */
export type ExtensionSlots = Slots<Slot<Extension>>;

/** The specs of `service.extensions`, in the order of start. */
export function enabledExtensions(config: Config): readonly ComponentSpec[] {
  return config.enabledExtensions.map((id) => specOf(config.extensions, id));
}

/** Makes an extension; what it offers can be had by name as soon as it has started, and until it is shut down. */
export function makeExtension(
  spec: ComponentSpec,
  config: Config,
  services: Services,
): Slot<Extension> {
  const { id } = spec;
  const factory = factoryOf(config.factories.extensions, spec);
  const context = createContext(services, config, 'extension', { id, metrics: factory.metrics });
  const extension = factory.create(spec.raw, context);
  const { offers } = services;
  const component: Extension = {
    ...(extension.offers !== undefined && { offers: extension.offers }),
    start: async () => {
      await extension.start?.();
      for (const [name, offer] of Object.entries(extension.offers ?? {})) offers.set(name, offer);
    },
    shutdown: async () => {
      for (const [name, offer] of Object.entries(extension.offers ?? {})) {
        if (offers.get(name) === offer) offers.delete(name);
      }
      await extension.shutdown?.();
    },
  };
  return { spec, named: { id, kind: 'extension', component } };
}

/**
 * The settings of the storage that a pipeline names, memory where it names none.
 * @throws Error where the extension of that id is no storage.
 */
export function storageOf(
  id: string | undefined,
  extensions: ExtensionSlots,
): StorageSettings | undefined {
  if (id === undefined) return undefined;
  const offer = extensions.get(id)?.named.component.offers?.[storageOffer];
  if (!isStorageSettings(offer)) throw new Error(`extension "${id}" is no storage that is started`);
  return offer;
}
