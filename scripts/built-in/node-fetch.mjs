/** What stands for `node-fetch` in the build: arquero would load tables from addresses by it, which nothing here asks it to. */
export default globalThis.fetch;
