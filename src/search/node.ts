/** @file Door of search for Node: studies on disk. */
export { blameFile, createSqliteStorage, openSqliteStorage } from './sqlite.js';
export { isFileInUse, lockFile } from './sqlite-file.js';
