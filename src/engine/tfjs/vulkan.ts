/** @file Whether Linux has a Vulkan driver at all: asked before Dawn is, which complains on the console where there is none. */

/** Where the Vulkan loader looks for drivers (its documentation, "Driver Discovery on Linux"). */
const FOLDERS = [
  '/etc/vulkan/icd.d',
  '/usr/local/etc/vulkan/icd.d',
  '/usr/share/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
];
const VARIABLES = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'VK_ADD_DRIVER_FILES'];

/** True on other systems, which have their own ways. */
export function mayHaveDriver(): boolean {
  const node = globalThis.process as NodeJS.Process | undefined;
  if (node?.platform !== 'linux') return true;
  const { env } = node;
  if (VARIABLES.some((name) => env[name])) return true;
  const home = env.HOME ? [`${env.HOME}/.local/share/vulkan/icd.d`, `${env.HOME}/.config/vulkan/icd.d`] : [];
  const more = [env.XDG_DATA_HOME, env.XDG_CONFIG_HOME, ...(env.XDG_DATA_DIRS ?? '').split(':')].flatMap((folder) =>
    folder ? [`${folder}/vulkan/icd.d`] : [],
  );
  const { existsSync, readdirSync } = node.getBuiltinModule('node:fs');
  return [...FOLDERS, ...home, ...more].some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
}
