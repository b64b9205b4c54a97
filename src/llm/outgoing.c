/*
 * Before an attempt goes out: may its model be asked now?  First what is known
 * of it (drill, open circuit, exhausted quota), then our own limits, for which
 * the ledger is asked; only where there are any.
 */
#include "llm/call_loop.h"

#include "base/container.h"
#include "base/num.h"
#include "http/req.h"
#include "llm/app.h"
#include "llm/circuit.h"

#include <stdio.h>

/* A place of ours that is free by then is waited for, else the next is asked.
 */
#define WAIT_MAX_MS     2000
#define BYTES_PER_TOKEN 4
#define NAME_BYTES      64

/* The limits of a call towards providers, while the ledger looks at them. */
struct call_take {
	struct ledger_op op;
	struct call *call;
	char name[NAME_BYTES];
	int asked; /* how many of the limits below */
};

/* What the provider will count against tokens a minute, by its own rules. */
static int64_t tokens_of(const struct call *c)
{
	return num_add(c->input_bound_tokens / BYTES_PER_TOKEN,
		       c->llm.max_output_tokens);
}

static struct call_take *take_of(struct call *c)
{
	if (c->take == NULL) {
		c->take = ARENA_NEW(&c->req->arena, struct call_take);
		c->take->call = c;
		c->take->op.kind = LEDGER_TAKE;
	}
	return c->take;
}

/* Fill in the next limit that holds for this attempt; false: no more. */
static bool next_limit(struct call *c, int asked, struct call_take *t)
{
	const struct conf_provider *const p = c->steps[c->step].provider;
	struct ledger_take *const take = &t->op.take;

	*take = (struct ledger_take){.name = t->name, .tokens = tokens_of(c)};
	if (asked < 1 && c->step > 0 && c->feature->fallback_rpm > 0) {
		(void)snprintf(t->name, sizeof(t->name), "fallback:%s",
			       c->feature->name);
		take->rpm = c->feature->fallback_rpm;
		t->asked = 1;
		return true;
	}
	if (asked < 2 && (p->rpm > 0 || p->tpm > 0)) {
		(void)snprintf(t->name, sizeof(t->name), "provider:%s",
			       p->name);
		take->rpm = p->rpm;
		take->tpm = p->tpm;
		t->asked = 2;
		return true;
	}
	return false;
}

static bool has_limits(const struct call *c)
{
	const struct conf_provider *const p = c->steps[c->step].provider;

	return p->rpm > 0 || p->tpm > 0 ||
	       (c->step > 0 && c->feature->fallback_rpm > 0);
}

static void go_on(struct call *c, int asked);

/* Loop thread: the ledger has answered. */
static void on_taken(struct loop_task *task)
{
	struct call *const c = CONTAINER_OF(task, struct call, task);
	const struct ledger_take *const take = &c->take->op.take;

	if (c->state >= CALL_SETTLING)
		return;
	if (take->wait_ms == 0)
		go_on(c, c->take->asked);
	else if (take->wait_ms <= WAIT_MAX_MS)
		call_attempt_later(c, take->wait_ms);
	else
		call_attempt_failed(c, err_set(&c->req->err, ERR_NOT_ASKED,
					       "our own limit of %s is "
					       "reached for %lld ms",
					       take->name,
					       (long long)take->wait_ms));
}

/* Ledger thread. */
static void on_ledger(struct ledger_op *op)
{
	struct call *const c = CONTAINER_OF(op, struct call_take, op)->call;

	c->task.run = on_taken;
	loop_post(c->app->loop, &c->task);
}

static void go_on(struct call *c, int asked)
{
	if (!has_limits(c)) {
		call_attempt_send(c);
		return;
	}
	struct call_take *const t = take_of(c);
	if (!next_limit(c, asked, t)) {
		call_attempt_send(c);
		return;
	}
	t->op.done = on_ledger;
	ledger_submit(c->app->ledger, &t->op);
}

void call_outgoing(struct call *c)
{
	const struct call_step *const step = &c->steps[c->step];
	const enum err err = circuit_gate(c->app->circuits, step->circuit,
					  step->claimed, &c->req->err);

	if (err != ERR_OK)
		call_attempt_failed(c, err);
	else
		go_on(c, 0);
}
