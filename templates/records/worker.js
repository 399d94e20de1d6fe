{% load static %}// Keeps one page for when there is no connection, and what that page needs. Every other page and every
// answer comes from the server or not at all: nothing old is ever shown as if it were new.
const CACHE = "twiceshy-offline-{{ version }}";
const PAGE = "{% url 'records:offline' %}";
const PARTS = new Set([{% for part in parts %}"{{ part }}"{% if not forloop.last %}, {% endif %}{% endfor %}]);

self.addEventListener("install", (event) => {
  // What is written goes straight to the server, where the browser knows how.  The last word of a page that is being left
  // was lost now and then on its way through here.
  event.addRoutes?.({ condition: { requestMethod: "POST" }, source: "network" });
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll([PAGE, ...PARTS].map((address) => new Request(address, { cache: "reload" })))).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("twiceshy-offline-") && name !== CACHE;
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const kept = (address) => fetch(event.request).catch(() => caches.match(address));
  if (event.request.mode === "navigate") event.respondWith(kept(PAGE));
  else if (PARTS.has(new URL(event.request.url).pathname)) event.respondWith(kept(event.request.url));
});
