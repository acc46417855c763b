// Works when nothing else does: without a connection, a member finds whom to call.
//
// KEEP, written above by the server, names everything that may be kept. A page about a person is
// not on it, so it is never kept: all that is not named goes to the network and nowhere else.
const SHELL = `shell-${KEEP.version}`;
// What a member saves for themselves, once there is such a thing. Signing out takes it along.
const EXERCISES = "exercises";

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(SHELL);
      // Without a cookie: what is kept is what a stranger would be shown.
      const asked = [KEEP.crisis, KEEP.offline, ...KEEP.shell];
      await cache.addAll(asked.map((path) => new Request(path, { credentials: "omit" })));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name !== SHELL && name !== EXERCISES) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.mode === "navigate") return event.respondWith(page(request, pathname));
  if (request.method === "GET" && KEEP.shell.includes(pathname)) event.respondWith(kept(request, pathname));
});

// Always asked for anew. What is kept stands in only where the network does not answer at all.
async function page(request, pathname) {
  try {
    return await fetch(request);
  } catch {
    const isExercise = KEEP.exercises.some((begin) => pathname.startsWith(begin));
    const saved = isExercise && (await caches.match(pathname, { cacheName: EXERCISES }));
    const instead = pathname === KEEP.crisis ? KEEP.crisis : KEEP.offline;
    return saved || (await caches.match(instead, { cacheName: SHELL })) || Response.error();
  }
}

async function kept(request, pathname) {
  return (await caches.match(pathname, { cacheName: SHELL })) || fetch(request);
}

// A nudge carries one plain line in the member's language, the same for everything: who sees the
// phone learns that there is something, and no more.
self.addEventListener("push", (event) => {
  let words = KEEP.words;
  try {
    words = event.data.json().title || words;
  } catch {
    // Nothing was said, or nothing that we say: the words that were kept will do.
  }
  event.waitUntil(
    self.registration.showNotification(words, { icon: KEEP.icon, tag: "news", renotify: false }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    (async () => {
      const open = await self.clients.matchAll({ type: "window" });
      const ours = open.find((client) => "navigate" in client);
      if (!ours) return self.clients.openWindow(KEEP.news);
      await ours.navigate(KEEP.news).catch(() => {});
      return ours.focus();
    })(),
  );
});
