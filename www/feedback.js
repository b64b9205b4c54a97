/*
 * Thumbs under an answer, with a comment.  Question and answer go along only
 * when the reader agrees; else the server learns the request id, the thumb and
 * the comment.
 */
import { announce, button, el } from "./dom.js";
import { t } from "./i18n.js";
import { credentials, urlOf } from "./session.js";

let count = 0;

function thumb(className, label, onClick) {
	const node = button("", onClick, `quiet thumb ${className}`);
	node.setAttribute("aria-label", label);
	node.setAttribute("aria-pressed", "false");
	node.title = label;
	return node;
}

/* The form that opens once a thumb was given. */
function form(onSend) {
	const node = el("form", "feedback");
	const id = `feedback-${++count}`;
	const label = el("label", "", t("comment"));
	const comment = el("textarea");
	const agree = el("input");
	const agreeLabel = el("label");
	label.htmlFor = comment.id = id;
	comment.rows = 2;
	comment.maxLength = 2000;
	comment.dir = "auto";
	agree.type = "checkbox";
	agreeLabel.append(agree, ` ${t("keepForEvals")}`);
	const send = el("button", "", t("sendFeedback"));
	node.append(label, comment, agreeLabel, send);
	node.addEventListener("submit", (event) => {
		event.preventDefault();
		onSend(comment.value.trim(), agree.checked);
	});
	return { node, comment };
}

async function post(turn, rating, comment, agreed) {
	const body = { request_id: turn.requestId, rating };
	if (comment !== "")
		body.comment = comment;
	if (agreed)
		Object.assign(body, {
			agreed, question: turn.question, answer: turn.text,
		});
	const response = await fetch(urlOf("feedback"), {
		method: "POST",
		headers: { ...credentials(), "content-type": "application/json" },
		body: JSON.stringify(body),
	});
	if (!response.ok)
		throw new Error(response.status);
}

/* The two thumbs for turn; what they open comes after its tools. */
export function feedback(turn) {
	const box = el("span", "thumbs");
	const note = el("p", "remark");
	let open = null;

	const give = async (rating, comment, agreed) => {
		try {
			await post(turn, rating, comment, agreed);
			note.textContent = t("feedbackThanks");
		} catch {
			note.textContent = t("feedbackFailed");
		}
		turn.tools.after(note);
		announce(note.textContent);
	};
	const choose = (node, rating) => {
		for (const one of box.children)
			one.setAttribute("aria-pressed", one === node);
		open?.remove();
		note.remove();
		const { node: asked, comment } = form((text, agreed) => {
			asked.remove();
			give(rating, text, agreed);
		});
		open = asked;
		turn.tools.after(asked);
		comment.focus();
	};
	const good = thumb("up", t("good"), () => choose(good, 1));
	const bad = thumb("down", t("bad"), () => choose(bad, -1));
	box.append(good, bad);
	return box;
}
