/* Runs before the first paint, so that no page flashes in other colours than those that the reader chose. */

try {
  const chosen = localStorage.getItem('lrnn-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Without a memory the system decides.
}
