/** @file Views of studies that ended, for who opens the same ones again and again: reading hundreds of trials takes longer than drawing them. */

import type { StudyView } from '../../automl/index.js';

/** Some megabytes each, with a thousand trials. */
const MOST_KEPT = 8;

export class KeptViews {
  private readonly known = new Map<string, StudyView>();

  /** The view that was kept under this name, or the one that is read now; of a study that still runs nothing is kept. */
  of(key: string, read: () => StudyView): StudyView {
    const view = this.known.get(key) ?? read();
    // Last used, last to go.
    this.known.delete(key);
    if (view.status === 'running') return view;
    this.known.set(key, view);
    if (this.known.size > MOST_KEPT) this.known.delete(this.known.keys().next().value!);
    return view;
  }
}
