/** @file The version of what is kept beside a study. */

/** Explanations of other versions are made again. */
export const EXPLANATION_VERSION = 6;
