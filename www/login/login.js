/*
 * Sign in, or make an account.  Which of it there is, the service says.
 * Without this script the form to sign in works all the same.
 */
import { t } from "../i18n.js";
import { ask, byId, onSend, speakTo } from "../people.js";

const query = new URLSearchParams(location.search);

/* A path of this site, to go on to; never another site. */
function next() {
	const wanted = query.get("next") ?? "";
	const url = new URL(wanted || "../", location.href);
	return url.origin === location.origin ? url.href
		: new URL("../", location.href).href;
}

const enter = () => location.assign(next());

onSend(byId("loginForm"), byId("loginNote"), async (fields) => {
	await ask("auth/login", fields);
	enter();
});

onSend(byId("resetForm"), byId("resetNote"), async (fields) => {
	await ask("auth/reset", fields);
	byId("said").textContent = t("linkSent");
});

onSend(byId("registerForm"), byId("registerNote"), async (fields) => {
	await ask("auth/register", fields);
	enter();
});

onSend(byId("waitlistForm"), byId("waitlistNote"), async (fields) => {
	await ask("auth/waitlist", fields);
	byId("waitlist").hidden = true;
	byId("said").textContent = t("listed");
});

function offerOidc(oidc, invite) {
	const url = new URL("../auth/oidc/start", location.href);
	const target = new URL(next());
	url.searchParams.set("next", target.pathname + target.search);
	if (invite !== "")
		url.searchParams.set("invite", invite);
	byId("oidcLink").href = url.href;
	byId("oidcLink").textContent = t("signInWith", { name: oidc.name });
	byId("oidc").hidden = false;
}

function show(offer) {
	const invite = query.get("invite") ?? "";
	byId("resetForm").hidden = !offer.mail;
	byId("register").hidden = offer.signup === "closed" ||
		(offer.signup !== "open" && invite === "");
	byId("waitlist").hidden = offer.signup !== "waitlist" || invite !== "";
	byId("invite").value = invite;
	byId("invite").hidden = invite === "";
	byId("inviteLabel").hidden = invite === "";
	if (offer.oidc !== null)
		offerOidc(offer.oidc, invite);
	if (invite !== "")
		byId("registerHelp").textContent = t("oneAccount");
}

await speakTo("loginPage");
if (query.has("sent"))
	byId("said").textContent = t("linkSent");
ask("auth/offer").then(show, (error) => {
	byId("loginNote").textContent = error.message;
});
