export { place, reason, scan, setCells, setSigns, setTexts, waitingCount } from './scan';
export { find, move, put } from './texts';
