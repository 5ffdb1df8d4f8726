// What one document has to say of itself: the web vitals, as the web-vitals library defines them, its long tasks, and
// what it loaded. It does not speak unless it is asked: once, at the latest when the journey ends. Only a document that
// came with an HTTP error says so at once. Documents in frames only tell what they loaded.
(() => {
  if (window.__simulator || !/^https?:$/.test(location.protocol)) return;
  const WANTED = '@WANTED@', MOST_REQUESTS = 3000;
  const isTop = window === window.top;
  const said = {url: location.href, lcp: null, fcp: null, cls: 0, inp: null, ttfb: null, load: null, tbt: 0, long: 0,
                requests: []};
  const observers = [];
  let told = false;

  const observe = (type, see, options) => {
    try {
      const observer = new PerformanceObserver(list => list.getEntries().forEach(see));
      observer.observe({type, buffered: true, ...options});
      observers.push([observer, see]);
    } catch (error) { /* this browser does not know the type */ }
  };

  const navigation = () => performance.getEntriesByType('navigation')[0];
  const sinceShown = time => Math.max(0, time - ((navigation() && navigation().activationStart) || 0));

  const keep = entry => {
    if (said.requests.length < MOST_REQUESTS) said.requests.push([
      entry.name, entry.initiatorType, entry.contentType || '', performance.timeOrigin + entry.startTime,
      entry.duration, entry.transferSize || 0, entry.responseStatus || 0,
    ]);
  };

  // Layout shifts count in session windows: at most 1 s between two of them, at most 5 s in all.
  let shifted = 0, first = 0, last = 0;
  const shift = entry => {
    if (entry.hadRecentInput) return;
    const sameSession = shifted && entry.startTime - last < 1000 && entry.startTime - first < 5000;
    if (!sameSession) first = entry.startTime;
    shifted = sameSession ? shifted + entry.value : entry.value;
    last = entry.startTime;
    said.cls = Math.max(said.cls, shifted);
  };

  // The slowest interaction; of more than 50 the slowest but one for each 50.
  const interactions = new Map();
  const interact = entry => {
    if (entry.interactionId) {
      interactions.set(entry.interactionId, Math.max(interactions.get(entry.interactionId) || 0, entry.duration));
    }
  };
  const slowestInteraction = () => {
    if (!interactions.size) return null;
    const slowest = [...interactions.values()].sort((a, b) => b - a);
    const count = Math.max(slowest.length, performance.interactionCount || 0);
    return slowest[Math.min(slowest.length - 1, Math.floor(count / 50))];
  };

  if (isTop && WANTED.includes('v')) {
    observe('paint', entry => { if (entry.name === 'first-contentful-paint') said.fcp = sinceShown(entry.startTime); });
    observe('largest-contentful-paint', entry => { said.lcp = sinceShown(entry.startTime); });
    observe('layout-shift', shift);
    observe('event', interact, {durationThreshold: 16});
    observe('first-input', interact);
    observe('longtask', entry => { said.long += 1; said.tbt += Math.max(0, entry.duration - 50); });
  }
  if (WANTED.includes('r')) observe('resource', keep);

  const lastWords = () => {
    for (const [observer, handle] of observers) observer.takeRecords().forEach(handle);
    if (told) {
      if (!said.requests.length) return null;
      return JSON.stringify({url: said.url, requests: said.requests.splice(0)});  // what came after the last words
    }
    told = true;
    const entry = navigation();
    if (entry && entry.responseStart > 0) said.ttfb = sinceShown(entry.responseStart);
    if (entry && entry.loadEventEnd > 0) said.load = sinceShown(entry.loadEventEnd);
    if (entry && isTop && WANTED.includes('r')) keep(entry);  // of a frame, the page around it tells
    said.inp = slowestInteraction();
    const words = isTop && WANTED.includes('v') ? said : {url: said.url, requests: said.requests};
    const text = JSON.stringify(words);
    said.requests = [];
    return text;
  };

  // A page that goes cannot be asked any more: it leaves a note, and its successor carries that on, a line for each page.
  const NOTE = '__simulator';
  let carried = '';
  const quietly = act => { try { act(); } catch (error) { /* this page may not store anything */ } };
  const handOver = () => {
    const lines = carried;
    carried = '';
    return lines;
  };
  const allWords = () => [handOver(), lastWords()].filter(Boolean).join('\n');
  const takeNote = () => {
    carried = sessionStorage.getItem(NOTE) || '';
    if (carried) sessionStorage.removeItem(NOTE);
  };
  const leaveNote = () => {
    const lines = allWords();
    if (lines) sessionStorage.setItem(NOTE, lines);
  };

  Object.defineProperty(window, '__simulator', {value: {lastWords: allWords, carried: handOver}});
  if (!isTop) return;
  quietly(takeNote);
  addEventListener('pagehide', () => quietly(leaveNote), true);
  const entry = navigation();
  if (entry && entry.responseStatus >= 400) {
    console.debug('@MARK@' + JSON.stringify({url: location.href, status: entry.responseStatus}));
  }
})();
