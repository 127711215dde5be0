/** @file The public API for programs that serve studies and models: as parts of their own application, or on a port of their own. */

export type { ErrorKind, ErrorParts } from './core/index.js';
export { ToolkitError } from './core/index.js';
export type {
  CloseOptions,
  Mounted,
  PredictionsOptions,
  RunningServer,
  ServeModelOptions,
  ServeOptions,
  StudyPagesOptions,
} from './server/index.js';
export { predictions, serve, serveModel, studyPages } from './server/index.js';
