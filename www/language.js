/*
 * A page that programs wrote in several languages, a file for each: leads to
 * the reader's.  Without a script there is the link in its head.
 */
import { preferred } from "./i18n.js";

const wanted = preferred();
const other = document.querySelector(`link[hreflang="${wanted}"]`);

if (other && document.documentElement.lang !== wanted)
	location.replace(new URL(location.search + location.hash, other.href));
