/**
 * What a field that will hold fractions has before it is set: an object whose fields begin with 0 and hold fractions later
 * is of several kinds to the engine, and every read of it slower.
 */
export const unsetFraction = 0.5;
