/** Addresses of the page: `#/person/channel`, with `/thread` or `/agent` behind it and `?at=` a message. */

const PERMALINK = /^\/archives\/(\w+)\/p(\d+)(\d{6})$/;

/** The address as parts; `channel` may be "home", `thread` may be "agent". */
export function address() {
  const [path, query] = location.hash.split("?");
  const [, person, channel, thread] = decodeURIComponent(path).split("/");
  const at = new URLSearchParams(query).get("at");
  return { person: person || localStorage.getItem("person") || "ana", channel, thread, at };
}

/** The address of the message that a permalink names, or null for any other link. */
export function ofPermalink(url, person) {
  const [, channel, seconds, rest] = PERMALINK.exec(url.pathname) ?? [];
  if (!channel || url.origin !== location.origin) return null;
  const ts = `${seconds}.${rest}`;
  const thread = url.searchParams.get("thread_ts");
  const inThread = thread && thread !== ts ? `/${thread}` : "";
  return `/#/${person}/${channel}${inThread}?at=${ts}`;
}

/** A permalink's path in the address bar becomes the page's own address. */
export function arrive(person) {
  const own = ofPermalink(new URL(location.href), person);
  if (own) history.replaceState(null, "", own);
}

/** Permalinks in messages lead to their message on this page. */
export function followPermalinks(store) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const own = ofPermalink(new URL(link.href), store.handle);
    if (!own) return;
    event.preventDefault();
    location.hash = own.slice(1);
  });
}
