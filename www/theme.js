/*
 * The reader's choice of colours, before anything is drawn.  A classic script
 * in the head of a page: modules come too late for that.
 */
(() => {
	try {
		document.documentElement.dataset.theme =
			localStorage.getItem("slipway.theme") ?? "";
	} catch {
		/* no storage: like the system */
	}
	document.documentElement.classList.add("has-script");
})();
