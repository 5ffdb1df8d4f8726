// The web vitals of one document, as the web-vitals library defines them. Said once, when the page is hidden for good
// or when the journey ends; a document that came with an HTTP error says so at once.
(() => {
  if (window !== window.top || window.__simulatorVitals || !/^https?:$/.test(location.protocol)) return;
  const vitals = {url: location.href, lcp: null, fcp: null, cls: 0, inp: null, ttfb: null};
  const observers = [];
  let told = false;

  const observe = (type, see, options) => {
    try {
      const observer = new PerformanceObserver(list => list.getEntries().forEach(see));
      observer.observe({type, buffered: true, ...options});
      observers.push([observer, see]);
    } catch (error) { /* this browser does not know the type */ }
  };

  const sinceShown = time => {
    const [navigation] = performance.getEntriesByType('navigation');
    return Math.max(0, time - ((navigation && navigation.activationStart) || 0));
  };

  const see = {
    navigation: entry => { if (entry.responseStart > 0) vitals.ttfb = sinceShown(entry.responseStart); },
    paint: entry => { if (entry.name === 'first-contentful-paint') vitals.fcp = sinceShown(entry.startTime); },
    largest: entry => { vitals.lcp = sinceShown(entry.startTime); },
  };

  // Layout shifts count in session windows: at most 1 s between two of them, at most 5 s in all.
  let shifted = 0, first = 0, last = 0;
  see.shift = entry => {
    if (entry.hadRecentInput) return;
    const sameSession = shifted && entry.startTime - last < 1000 && entry.startTime - first < 5000;
    if (!sameSession) first = entry.startTime;
    shifted = sameSession ? shifted + entry.value : entry.value;
    last = entry.startTime;
    vitals.cls = Math.max(vitals.cls, shifted);
  };

  // The slowest interaction; of more than 50 the slowest but one for each 50.
  const interactions = new Map();
  see.event = entry => {
    if (!entry.interactionId) return;
    interactions.set(entry.interactionId, Math.max(interactions.get(entry.interactionId) || 0, entry.duration));
    const slowest = [...interactions.values()].sort((a, b) => b - a);
    const count = Math.max(slowest.length, performance.interactionCount || 0);
    vitals.inp = slowest[Math.min(slowest.length - 1, Math.floor(count / 50))];
  };

  observe('navigation', see.navigation);
  observe('paint', see.paint);
  observe('largest-contentful-paint', see.largest);
  observe('layout-shift', see.shift);
  observe('event', see.event, {durationThreshold: 16});
  observe('first-input', see.event);

  const lastWords = () => {
    if (told) return null;
    told = true;
    for (const [observer, handle] of observers) observer.takeRecords().forEach(handle);
    return JSON.stringify(vitals);
  };
  const say = text => { try { window.__simulatorSay(text); } catch (error) { /* the journey is over */ } };

  // What a page says while it goes no longer reaches the driver: it leaves a note, and its successor delivers it.
  const NOTE = '__simulator';
  const deliver = () => {
    const note = sessionStorage.getItem(NOTE);
    if (note) { sessionStorage.removeItem(NOTE); say(note); }
  };
  const leaveNote = () => {
    const text = lastWords();
    if (text) sessionStorage.setItem(NOTE, text);
  };
  const quietly = act => { try { act(); } catch (error) { /* this page may not store anything */ } };

  Object.defineProperty(window, '__simulatorVitals', {value: lastWords});
  addEventListener('pagehide', () => quietly(leaveNote), true);
  quietly(deliver);

  const [navigation] = performance.getEntriesByType('navigation');
  if (navigation && navigation.responseStatus >= 400) {
    say(JSON.stringify({url: location.href, status: navigation.responseStatus}));
  }
})();
