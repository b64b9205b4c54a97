/*
 * One question, from the chat page or from the frame on another site: the
 * answer as it comes, and whatever becomes of it.
 */
import { announce } from "./dom.js";
import { t } from "./i18n.js";
import { credentials, urlOf } from "./session.js";
import { Problem, problemOf, Stream } from "./stream.js";

/* Throws unless the answer was complete; what its last events said. */
async function stream(turn, body, signal, cited) {
	const from = performance.now();
	const last = { cited };
	const answer = new Stream(urlOf("chat/stream"), credentials(), signal, {
		start: (data) => (turn.requestId = data.request_id),
		message: (data) => {
			last.ttftMs ??= performance.now() - from;
			turn.write(data.token);
		},
		kept: (data) => turn.replace(data),
		citations: (data) => turn.citations(data.citations),
		usage: (data) => (last.usage = data),
		notice: (data) => turn.notice(data.message),
		waiting: (isWaiting) => turn.waiting(isWaiting),
		done: (data) => {
			last.model = data.model_route;
			last.degraded = data.degraded;
		},
	});
	signal.addEventListener("abort", () => answer.stop());
	await answer.ask({ ...body, resume: true });
	return last;
}

/*
 * Ask, and show in turn what comes until it has ended.
 *
 * body       {messages, feature}
 * signal     aborts: the reader wants no more
 * brief      what it took is nobody's business here
 * documents  the feature searches in them, so sources are missed
 * fail       (problem) => shows it
 */
export async function answerInto(turn,
	{ body, signal, brief, documents, fail }) {
	const show = (problem) => {
		problem.requestId ??= turn.requestId;
		fail(problem);
	};
	try {
		const last = await stream(turn, body, signal, documents);
		turn.end("done");
		turn.meta(brief ? { model: last.model, cited: last.cited } : last);
		/* no model answered: what stands there is quoted, or a fixed text */
		if (last.degraded)
			show(new Problem({ code: "degraded", retryable: true }));
		announce(t("answerIs", { text: turn.body.innerText }));
	} catch (error) {
		turn.end(signal.aborted ? "stopped" : "cut");
		if (signal.aborted)
			announce(t("stopped"));
		else
			show(problemOf(error));
	}
}
