import { z } from 'zod';
import { deliveryKeys } from '../../pipeline/deliver/config.ts';

/** Keys of the `nop` exporter: those that every exporter shares, so that a config can be switched to it and back. */
export const nopConfig = z.strictObject({ ...deliveryKeys({ timeout: '5s' }) });
