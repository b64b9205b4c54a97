/*
 * What the browser keeps: settings, and the conversations.  Nothing of it is
 * sent anywhere.  A browser that forbids storage (private windows, frames of
 * other sites) keeps nothing, and everything else works.
 */
const PREFIX = "slipway.";
const TALK = "talk.";
const MAX_TALKS = 100;

function storage(name) {
	try {
		return globalThis[name];
	} catch {
		return null;
	}
}

export function read(name, where = "localStorage") {
	return storage(where)?.getItem(PREFIX + name) ?? null;
}

/* Returns false when there was no room or no storage. */
export function write(name, value, where = "localStorage") {
	try {
		storage(where).setItem(PREFIX + name, value);
		return true;
	} catch {
		return false;
	}
}

export function forget(name, where = "localStorage") {
	storage(where)?.removeItem(PREFIX + name);
}

function parse(text) {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

/* All conversations {id, at, title, turns}, the latest first. */
export function talks() {
	return Object.keys(storage("localStorage") ?? {})
		.filter((name) => name.startsWith(PREFIX + TALK))
		.map((name) => parse(read(name.slice(PREFIX.length))))
		.filter((talk) => Array.isArray(talk?.turns))
		.sort((a, b) => b.at - a.at);
}

/* Keep talk; when there is no room, the oldest make place. */
export function saveTalk(talk) {
	const old = talks().filter((one) => one.id !== talk.id);
	old.splice(MAX_TALKS - 1).forEach((one) => deleteTalk(one.id));
	while (!write(TALK + talk.id, JSON.stringify(talk)) && old.length > 0)
		deleteTalk(old.pop().id);
}

export function deleteTalk(id) {
	forget(TALK + id);
}
