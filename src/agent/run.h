#ifndef SLIPWAY_AGENT_RUN_H
#define SLIPWAY_AGENT_RUN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/conf.h"
#include "db/ledger.h"
#include "http/loop.h"
#include "http/req.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct buf;
struct call;
struct jw;

/*
 * A run while this worker goes on with it, or shows it; for the files of
 * src/agent only.  It lives in the request that waits for it, or in one of its
 * own (agent_launch).  What was read of the database lives in `arena`, which
 * is cleared with each reading.
 *
 * One thread at a time has it: an intake thread, or, while a model is asked or
 * a tool is called, the loop.
 */

#define AGENT_ID_BYTES    ID_REQUEST_BYTES /* "run_" + 26 characters */
#define AGENT_OWNER_BYTES 33
/* A sign of life is due within this; a call under way gives its own. */
#define AGENT_LEASE_MS INT64_C(30000)
/* All texts of a run together; one that grew over it ends. */
#define AGENT_MAX_BYTES ((size_t)1024 * 1024)

/* A row of agent_steps; strings as in its columns. */
struct agent_step {
	int64_t step;
	bool is_model;
	struct str status;
	struct str request_id;
	struct str call_id;
	struct str tool;
	bool side_effect;
	struct str content;
	struct str result;
};

struct agent_run {
	struct req *req;
	struct app *app;
	/* for statements: the request's, unless the loop has that */
	struct arena *scratch;
	struct errbuf *e;
	const struct conf_feature *feature; /* NULL: is none any more */
	int64_t tenant_id;
	int64_t user_id;
	unsigned char key_hash[LEDGER_HASH_BYTES];
	char id[AGENT_ID_BYTES];
	char owner[AGENT_OWNER_BYTES];

	/* as last read */
	struct arena arena;
	struct str status;
	struct str feature_name;
	struct str question;
	struct str answer;
	struct str error;
	struct str detail;
	bool stopping;      /* the person wants no more of it */
	bool stale;         /* who went on with it is gone */
	bool interrupted;   /* nobody goes on with it; error says why */
	int64_t changed_us; /* grows with each change */
	int64_t cost_pico;  /* of the calls that are settled */
	int64_t spent_pico; /* with what is set aside */
	struct agent_step *steps;
	size_t nsteps;
	size_t bytes; /* of all texts */

	bool streams;  /* the client wants events */
	bool detached; /* nobody waits for its request */

	/* the model that is asked */
	struct worker_job job;
	int64_t asking;   /* its step */
	int64_t asked_ms; /* from then on its lease counts */
	enum err err;
	struct str said;  /* its text; or why it failed */
	struct str calls; /* of tools, JSON for agent_said() */
	/* the loop's: is its answer still wanted? */
	struct call *call; /* NULL: not begun, or over */
	struct loop_timer poll;
	struct worker_job poll_job;
	struct loop_task polled;
	bool polling;
	bool wanted;
	bool over; /* it has ended; who polls ends, too */
};

/* run.c: r, zeroed, for a request; it ends with that. */
void agent_init(struct agent_run *r, struct req *req, struct app *app);

/* run.c: go on with a run that is ours until it stops, then answer. */
void agent_go(struct agent_run *r);

/* run.c: answer with the run as it stands. */
void agent_show(struct agent_run *r);

/*
 * run.c: let the run, which is ours, go on in a request of its own, whoever
 * waits for it.
 *
 * Returns ERR_OK, or ERR_DRAINING: then it is let go of.
 */
ERR_MUST_USE enum err agent_launch(struct agent_run *r);

/*
 * watch.c: show the run as server-sent events until it is over or waits; take
 * it over when who goes on with it dies.  It has been looked at.
 */
void agent_watch(struct agent_run *r);

/* ask.c ---------------------------------------------------------------- */

/*
 * Ask the model for the next step.  agent_asked() is called with the answer.
 *
 * Returns ERR_OK: the loop has r; or why it was not asked.
 */
ERR_MUST_USE enum err agent_ask(struct agent_run *r);

/* run.c: intake thread, with r->err, r->said and r->calls. */
void agent_asked(struct worker_job *job);

/* tool.c --------------------------------------------------------------- */

/* The tool of the feature with this name; NULL: there is none. */
const struct conf_tool *agent_tool(const struct conf_feature *f,
				   struct str name);

/*
 * Are the arguments what the tool takes?
 *
 * Returns ERR_OK, or ERR_INVALID_REQUEST with what is wrong in *why, for the
 * model.
 */
ERR_MUST_USE enum err agent_tool_check(struct agent_run *r,
				       const struct conf_tool *t,
				       struct str arguments, struct str *why);

/*
 * Search the documents.
 *
 * out  what was found, or that it failed
 *
 * Returns ERR_OK or ERR_UPSTREAM.
 */
ERR_MUST_USE enum err agent_tool_search(struct agent_run *r,
					const struct agent_step *s,
					struct str *out);

/* http.c: call a tool; the loop has r, and agent_tool_said() comes next. */
void agent_http(struct agent_run *r, const struct conf_tool *t,
		const struct agent_step *s);

/*
 * run.c, intake thread: what the tool of step s said, or (err) why it failed;
 * the run goes on.
 */
void agent_tool_said(struct agent_run *r, const struct agent_step *s,
		     enum err err, struct str text);

/* answer.c ------------------------------------------------------------- */

/*
 * May a model see what a tool said?  It is data, so nothing in it may read like
 * an instruction, and nothing private that is to be blocked may be in it.
 *
 * Returns ERR_OK, or ERR_BLOCKED: then *text says so instead.
 */
ERR_MUST_USE enum err agent_answer_check(struct agent_run *r, struct str tool,
					 struct str *text);

/* store.c -------------------------------------------------------------- */

/* Begin a run with a new id, or find the one of the same client_key. */
ERR_MUST_USE enum err agent_store_start(struct agent_run *r,
					struct str client_key,
					struct str question, bool *is_new);

/* May the key see and change the run?  ERR_OK, ERR_FORBIDDEN, ERR_NOT_FOUND. */
ERR_MUST_USE enum err agent_store_may(struct agent_run *r);

/* The person wants no more of it. */
ERR_MUST_USE enum err agent_store_stop(struct agent_run *r);

/* Is what the model is asked still wanted?  In doubt, yes. */
bool agent_store_wanted(struct agent_run *r);

/* Take the run over; *ours is false when there is nothing to go on with. */
ERR_MUST_USE enum err agent_store_claim(struct agent_run *r, bool *ours);

/* What the person says to a step; *ours as above. */
ERR_MUST_USE enum err agent_store_decide(struct agent_run *r, int64_t step,
					 bool confirmed, bool *ours);

/* Read the run without its steps. */
ERR_MUST_USE enum err agent_store_look(struct agent_run *r);

/* Read the run and its steps. */
ERR_MUST_USE enum err agent_store_load(struct agent_run *r);

/* Write down that a model is asked; *step is 0 when the run is not ours. */
ERR_MUST_USE enum err agent_store_ask(struct agent_run *r,
				      const char *request_id, int64_t *step);

/* Write down what it said (r->said, r->calls). */
ERR_MUST_USE enum err agent_store_said(struct agent_run *r, bool *ours);

/*
 * Move step s from its status to another.
 *
 * lease_ms  when the next sign of life is due
 * result    what the model gets to see; p NULL: nothing yet
 * moved     false: it is not ours, or not in that status any more
 */
struct agent_move {
	const struct agent_step *step;
	const char *from; /* NULL: its status as it was read */
	const char *to;
	int64_t lease_ms;
	struct str result;
};
ERR_MUST_USE enum err agent_store_move(struct agent_run *r,
				       const struct agent_move *m, bool *moved);

/*
 * Let go of the run.
 *
 * status        needs_confirmation, done, failed, stopped or running
 * text          the answer; or why it failed, with error
 * error         a public code; p NULL: none
 */
ERR_MUST_USE enum err agent_store_end(struct agent_run *r, const char *status,
				      struct str text, struct str error);

/* The latest runs of the user: the member "runs" of the object w has open. */
ERR_MUST_USE enum err agent_store_list(struct agent_run *r, struct jw *w);

/* write.c -------------------------------------------------------------- */

/*
 * The run as JSON, as it was last read.
 *
 * brief  long results are cut, and say so
 */
void agent_write(const struct agent_run *r, bool brief, struct buf *out);

/* The agents there are: the member "agents" of the object that w has open. */
void agent_write_agents(const struct agent_run *r, struct jw *w);

#endif
