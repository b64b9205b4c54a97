/*
 * Markdown of a model to DOM, while it arrives: finished blocks are drawn once,
 * only the open one at the end is drawn again.  Raw HTML stays text, and an
 * image becomes a link: the page of an answer asks no other host for anything,
 * whatever the model says.
 */
import { Marked } from "./vendor/marked-18.2.1.js";
import "./vendor/purify-3.4.18.js";
import { copyButton, el } from "./dom.js";
import { t } from "./i18n.js";

const PURIFY = {
	RETURN_DOM_FRAGMENT: true,
	ALLOWED_TAGS: ["p", "br", "hr", "strong", "em", "del", "code", "pre",
		"a", "ul", "ol", "li", "blockquote", "h3", "h4", "h5", "h6",
		"table", "thead", "tbody", "tr", "th", "td", "span"],
	ALLOWED_ATTR: ["href", "title", "align", "start", "class"],
	ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
	ALLOW_DATA_ATTR: false,
	ALLOW_ARIA_ATTR: false,
};

/* Above this many characters a block of code keeps one colour. */
const MAX_HIGHLIGHT = 50000;
const HIGHLIGHT = "./vendor/highlight-11.12.0";
const LANGUAGES = new Set(["bash", "c", "cpp", "css", "diff", "go", "http",
	"ini", "java", "javascript", "json", "markdown", "perl", "php", "python",
	"ruby", "rust", "shell", "sql", "typescript", "xml", "yaml"]);
const ALIASES = {
	sh: "bash", zsh: "bash", console: "shell", h: "c", "c++": "cpp",
	cc: "cpp", hpp: "cpp", patch: "diff", golang: "go", toml: "ini",
	conf: "ini", js: "javascript", mjs: "javascript", jsx: "javascript",
	ts: "typescript", tsx: "typescript", md: "markdown", pl: "perl",
	py: "python", rb: "ruby", rs: "rust", pgsql: "sql", psql: "sql",
	postgresql: "sql", plpgsql: "sql", html: "xml", svg: "xml", yml: "yaml",
};

const escapeHtml = (text) => text.replace(/[&<>"']/g,
	(c) => `&#${c.charCodeAt(0)};`);

/* The last line, when more text may still turn it into something else. */
const UNDECIDED = /(^|\n) {0,3}([`~=\-*_#+|>:]+|\d+[.)]?) *$/;

const marked = new Marked({
	gfm: true,
	renderer: {
		html: ({ text, block }) => /^<br\s*\/?>$/i.test(text.trim())
			? "<br>"
			: block ? `<p>${escapeHtml(text)}</p>` : escapeHtml(text),
		image: ({ href, text }) => `<a href="${escapeHtml(href)}">` +
			`${escapeHtml(text || t("image"))}</a>`,
		checkbox: ({ checked }) => checked ? "☑ " : "☐ ",
		heading({ tokens, depth }) {
			/* below the page's own headings */
			const tag = `h${Math.min(depth + 2, 6)}`;
			return `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`;
		},
	},
});

/* Open elsewhere, tell nobody where from, and show where it leads. */
function guardLink(a) {
	const url = webUrl(a.getAttribute("href"));
	if (!url)
		return;
	a.target = "_blank";
	a.rel = "noopener noreferrer nofollow";
	if (!a.textContent.includes(url.host))
		a.append(el("span", "host", ` (${url.host})`));
}

/* Only a web address becomes a link; null for anything else. */
export function webUrl(text) {
	try {
		const url = new URL(text);
		return /^https?:$/.test(url.protocol) ? url : null;
	} catch {
		return null;
	}
}

function scrollBox(node, label) {
	const box = el("div", "scroll");
	box.tabIndex = 0;
	box.setAttribute("role", "region");
	box.setAttribute("aria-label", label);
	node.replaceWith(box);
	box.append(node);
}

/* A block of code with its language and a button that copies it. */
function codeBlock(lang) {
	const box = el("div", "code");
	const head = el("div", "codehead");
	const pre = el("pre");
	const code = el("code");
	pre.tabIndex = 0;
	pre.setAttribute("aria-label", t("code"));
	pre.setAttribute("role", "region");
	head.append(el("span", "", lang),
		copyButton(t("copyCode"), code, () => code.textContent));
	pre.append(code);
	box.append(head, pre);
	return { box, code };
}

async function highlight(code, lang) {
	const name = ALIASES[lang] ?? lang;
	const text = code.textContent;
	if (!LANGUAGES.has(name) || text.length > MAX_HIGHLIGHT)
		return;
	try {
		const [{ default: hljs }, { default: grammar }] =
			await Promise.all([
				import(`${HIGHLIGHT}/core.js`),
				import(`${HIGHLIGHT}/${name}.js`),
			]);
		hljs.registerLanguage(name, grammar);
		code.replaceChildren(globalThis.DOMPurify.sanitize(
			hljs.highlight(text, { language: name }).value, PURIFY));
	} catch {
		/* the file did not arrive; plain code can be read, too */
	}
}

function codeOf(token, closed) {
	const lang = (token.lang ?? "").trim().split(/\s/)[0].toLowerCase();
	const { box, code } = codeBlock(lang);
	code.textContent = token.text;
	if (closed)
		highlight(code, lang);
	return box;
}

/* The nodes of some tokens; closed: their text is complete. */
function nodesOf(tokens, closed) {
	const nodes = [];
	for (const token of tokens) {
		if (token.type === "code") {
			nodes.push(codeOf(token, closed));
			continue;
		}
		const part = globalThis.DOMPurify.sanitize(
			marked.parser([token]), PURIFY);
		part.querySelectorAll("a").forEach(guardLink);
		part.querySelectorAll("table").forEach((table) =>
			scrollBox(table, t("table")));
		part.querySelectorAll("pre").forEach((pre) => {
			const { box, code } = codeBlock("");
			code.textContent = pre.textContent;
			pre.replaceWith(box);
		});
		for (const node of part.children)
			node.dir = "auto";
		nodes.push(...part.childNodes);
	}
	return nodes;
}

/* Draws growing text into an element. */
export class Writer {
	#root;
	#open = ""; /* the text of what is not finished */
	#tail = []; /* its nodes */
	#code = null; /* the text of an open block of code, as drawn */

	constructor(root) {
		this.#root = root;
	}

	add(text) {
		this.#open += text.replaceAll("\r", "");
		this.#draw(this.#open.replace(UNDECIDED, "$1"), false);
	}

	/* No more text will come. */
	finish() {
		this.#draw(this.#open, true);
		this.#open = "";
	}

	#draw(text, all) {
		const tokens = marked.lexer(text);
		let keep = tokens.length;
		if (!all)
			keep = tokens.findLastIndex((one) => one.type !== "space");
		const closed = tokens.slice(0, Math.max(keep, 0));
		const open = tokens.slice(Math.max(keep, 0));
		if (closed.length === 0 && this.#growCode(open[0]))
			return;
		this.#tail.forEach((node) => node.remove());
		this.#root.append(...nodesOf(closed, true));
		this.#tail = nodesOf(open, false);
		this.#root.append(...this.#tail);
		this.#code = open[0]?.type === "code"
			? this.#tail[0].querySelector("code").firstChild : null;
		const done = closed.reduce((n, one) => n + one.raw.length, 0);
		this.#open = this.#open.slice(done);
	}

	/* Code grows at its end only: no need to draw it again. */
	#growCode(token) {
		if (token?.type !== "code" || !this.#code ||
		    !token.text.startsWith(this.#code.data))
			return false;
		this.#code.appendData(token.text.slice(this.#code.length));
		return true;
	}
}
