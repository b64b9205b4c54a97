/*
 * The chat on any site: a button, and behind it a frame with our page /widget.
 *
 *	<script src="https://SLIPWAY/widget.js" data-color="#0b5c86" defer></script>
 *
 * data-color, data-position (right, left), data-lang, data-theme (light, dark),
 * data-title, data-label, data-feature.  The site must stand in [server]
 * widget_origins.  A classic script without anything else: it puts one element
 * into the page, styled in a shadow root, and the page sees neither what is
 * asked nor who asks.
 */
(() => {
	const script = document.currentScript;
	const { color, position, lang, theme, title, label, feature } =
		script.dataset;
	const url = new URL("widget", script.src);
	const name = title ?? "Chat";
	const brand = /^#[\da-f]{6}$/i.test(color ?? "") ? color : "#0b5c86";

	/* What can be read on the colour: WCAG 2.2, relative luminance. */
	const luminance = [1, 3, 5]
		.map((i) => parseInt(brand.slice(i, i + 2), 16) / 255)
		.map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ink = luminance > 0.179 ? "black" : "white";
	const side = position === "left" ? "left" : "right";

	for (const [key, value] of Object.entries({
		lang: lang || document.documentElement.lang, theme, title,
		feature, color: brand, ink,
	}))
		if (value)
			url.searchParams.set(key, value);

	const styles = new CSSStyleSheet();
	styles.replaceSync(`
		:host { all: initial; }
		button {
			position: fixed; bottom: 1rem; ${side}: 1rem;
			z-index: 2147483000;
			min-width: 3.25rem; min-height: 3.25rem;
			padding: .6rem 1.1rem; border: 0; border-radius: 2rem;
			background: ${brand}; color: ${ink};
			box-shadow: 0 2px 12px rgb(0 0 0 / .25);
			font: 600 1rem/1.2 system-ui, sans-serif; cursor: pointer;
		}
		button:focus-visible { outline: 3px solid ${ink}; outline-offset: -6px; }
		iframe {
			position: fixed; bottom: 5rem; ${side}: 1rem;
			z-index: 2147483000;
			width: min(24rem, 100vw - 2rem);
			height: min(36rem, 100vh - 6rem);
			border: 1px solid rgb(128 128 128 / .5); border-radius: 1rem;
			box-shadow: 0 4px 24px rgb(0 0 0 / .25);
			color-scheme: normal;
		}
		@media (max-width: 30rem), (max-height: 30rem) {
			iframe {
				inset: 0; width: 100%; height: calc(100% - 5rem);
				border-width: 0 0 1px; border-radius: 0;
			}
		}
		[hidden] { display: none; }
	`);

	const button = document.createElement("button");
	button.type = "button";
	button.textContent = label ?? name;
	button.setAttribute("aria-expanded", "false");

	/* Made when it is first asked for: who does not, loads nothing. */
	let frame = null;
	const say = (word) =>
		frame.contentWindow.postMessage({ slipway: word }, url.origin);

	function makeFrame() {
		frame = document.createElement("iframe");
		frame.title = name;
		frame.allow = "clipboard-write";
		frame.referrerPolicy = "origin";
		/* links lead to windows of their own, never this page elsewhere */
		frame.sandbox = "allow-scripts allow-same-origin allow-forms " +
			"allow-popups allow-popups-to-escape-sandbox";
		frame.addEventListener("load", () => say("open"));
		frame.src = url;
		button.before(frame);
	}

	function show(open) {
		button.setAttribute("aria-expanded", open);
		if (!frame)
			return makeFrame();
		frame.hidden = !open;
		if (open) {
			frame.focus();
			say("open");
		} else {
			button.focus();
		}
	}

	button.addEventListener("click", () =>
		show(button.getAttribute("aria-expanded") === "false"));
	addEventListener("message", (event) => {
		if (frame && event.source === frame.contentWindow &&
		    event.origin === url.origin && event.data?.slipway === "close")
			show(false);
	});

	function place() {
		const host = document.createElement("slipway-chat");
		const root = host.attachShadow({ mode: "open" });
		root.adoptedStyleSheets = [styles];
		root.append(button);
		document.body.append(host);
	}

	if (document.body)
		place();
	else
		addEventListener("DOMContentLoaded", place);
})();
