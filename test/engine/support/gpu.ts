/** @file A WebGPU device for tests: Dawn on SwiftShader, the Vulkan device in software that Debian's chromium brings. */

import { existsSync } from 'node:fs';

import type { Runtime } from '../../../src/engine/tfjs/runtime.js';
import { openWebGpu } from '../../../src/engine/tfjs/webgpu.js';

const ICDS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome']
  .map((folder) => `${folder}/vk_swiftshader_icd.json`)
  .filter((path) => existsSync(path));

/** What a program under test needs in its environment to find SwiftShader; empty where there is none. */
export const SOFTWARE_VULKAN: Readonly<Record<string, string>> =
  process.env.VK_ICD_FILENAMES === undefined && ICDS.length > 0 ? { VK_ICD_FILENAMES: ICDS[0] } : {};

const isCi = Boolean(process.env.CI) && process.env.CI !== 'false';

/** A runtime, or null where there is no adapter; in CI that is a failure. The caller closes it. */
export async function openTestGpu(isFused: boolean): Promise<Runtime | null> {
  // Dawn looks for its driver when it starts.
  Object.assign(process.env, SOFTWARE_VULKAN);
  try {
    return await openWebGpu({ isFused });
  } catch (error) {
    if (isCi) throw error;
    const hint = 'sh scripts/install-test-packages.sh installs a device in software.';
    process.stderr.write(`The tests on WebGPU are skipped: ${(error as Error).message} ${hint}\n`);
    return null;
  } finally {
    // Other tests are to see the machine as it is.
    for (const name of Object.keys(SOFTWARE_VULKAN)) delete process.env[name];
  }
}
