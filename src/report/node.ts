/** @file Door of report where Node is needed: pages as HTML. */
export * from './render.js';
