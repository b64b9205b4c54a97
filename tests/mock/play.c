/*
 * The player: turns a script into the bytes of one answer, frame by frame, as
 * the HTTP daemon asks for them.  Runs on the daemon's thread; whenever there
 * is nothing to say yet it parks the call and returns.
 */
#include "play.h"

#include "park.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PLAY_BLOCK_BYTES 16384
#define PLAY_FILL_BYTES  8192

enum play {
	PLAY_MORE, /* something was added, or the stage moved on */
	PLAY_WAIT, /* the call is parked */
	PLAY_CUT,  /* break the connection now */
	PLAY_OVER  /* the body is complete */
};

struct player {
	struct park *park;
	struct call *call;
};

long call_out_tokens(const struct call *c)
{
	return c->script.out != SCRIPT_UNSET ? c->script.out : c->sent_tokens;
}

long call_in_tokens(const struct call *c)
{
	return c->script.in != SCRIPT_UNSET ? c->script.in : 10;
}

const char *call_finish(const struct call *c, const char *stop,
			const char *length, const char *tool)
{
	if (c->limited)
		return length;
	if (c->script.finish[0] != '\0')
		return c->script.finish;
	return c->script.ntools > 0 ? tool : stop;
}

void call_thought(const struct call *c, struct span half[2])
{
	const size_t n = strlen(c->script.think);
	const size_t first = text_boundary(c->script.think, n / 2);

	half[0] = (struct span){c->script.think, first};
	half[1] = (struct span){c->script.think + first, n - first};
}

const struct script_tool *call_tool(const struct call *c)
{
	return &c->script.tools[c->sent_tools];
}

static enum play hang(struct player *p)
{
	park_until(p->park, p->call, INT64_MAX);
	return PLAY_WAIT;
}

static enum play add(struct call *c, enum frame f, enum call_stage next)
{
	c->dialect->frame(c, f);
	c->stage = next;
	return PLAY_MORE;
}

static enum play play_start(struct player *p)
{
	struct call *c = p->call;

	if (c->script.hang == HANG_FIRST)
		return hang(p);
	if (c->script.error_after == 0)
		return add(c, FRAME_ERROR, STAGE_BROKEN);
	if (c->script.garbage == GARBAGE_YES) {
		static const char page[] =
			"<html><body>502 nobody home</body></html>\n\0\xff\n";
		text_add(&c->pending, page, sizeof(page) - 1);
		c->stage = STAGE_BROKEN;
		return PLAY_MORE;
	}
	if (c->script.garbage == GARBAGE_JSON)
		return add(c, FRAME_OFF, STAGE_END);
	return add(c, FRAME_START, STAGE_TOKENS);
}

/* Half of the next token's chunk behind the daemon's back, then the end. */
static enum play cut_mid_chunk(struct call *c)
{
	struct text half = {0};

	c->dialect->frame(c, FRAME_TOKEN);
	text_addf(&half, "%zx\r\n", c->pending.n);
	text_add(&half, c->pending.p, c->pending.n / 2);
	(void)send(c->fd, half.p, half.n, MSG_NOSIGNAL);
	text_consume(&c->pending, c->pending.n);
	text_release(&half);
	return PLAY_CUT;
}

/* An RST instead of a FIN: what connect() to "nowhere" does on Linux. */
static enum play cut_reset(struct call *c)
{
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	(void)connect(c->fd, &nowhere, sizeof(nowhere));
	return PLAY_CUT;
}

/* What goes wrong between tokens; PLAY_MORE when nothing does. */
static enum play play_trouble(struct player *p)
{
	struct call *c = p->call;
	const struct script *s = &c->script;
	const bool half = c->sent_tokens == c->ntokens / 2;

	if (s->cut == CUT_TOKEN && c->sent_tokens == s->cut_at)
		return PLAY_CUT;
	if (s->cut == CUT_MID_CHUNK && half)
		return cut_mid_chunk(c);
	if (s->cut == CUT_RESET && half)
		return cut_reset(c);
	if (s->hang == HANG_MID && half)
		return hang(p);
	if (s->garbage == GARBAGE_MID && half && !c->odd) {
		c->odd = true;
		c->dialect->frame(c, FRAME_GARBAGE);
	}
	return PLAY_MORE;
}

/* Whether the next token's time has come; parks the call if not. */
static bool play_ready(struct player *p)
{
	struct call *c = p->call;

	if (c->script.gate)
		return park_take_permit(p->park, c);
	if (c->script.pace_ms == 0 || c->sent_tokens == 0)
		return true;
	const int64_t due =
		c->start_ms + (int64_t)c->sent_tokens * c->script.pace_ms;
	if (park_now_ms() >= due)
		return true;
	park_until(p->park, c, due);
	return false;
}

static enum play play_tokens(struct player *p)
{
	struct call *c = p->call;

	if (c->script.error_after == c->sent_tokens)
		return add(c, FRAME_ERROR, STAGE_BROKEN);
	const enum play trouble = play_trouble(p);
	if (trouble != PLAY_MORE)
		return trouble;
	if (c->sent_tokens == c->ntokens) {
		c->stage = STAGE_TOOLS;
		return PLAY_MORE;
	}
	if (!play_ready(p))
		return PLAY_WAIT;
	c->dialect->frame(c, FRAME_TOKEN);
	c->sent_tokens++;
	return PLAY_MORE;
}

static enum play play_tools(struct call *c)
{
	if (c->limited || c->sent_tools == (long)c->script.ntools) {
		c->stage = STAGE_FINISH;
		return PLAY_MORE;
	}
	c->dialect->frame(c, FRAME_TOOL);
	c->sent_tools++;
	return PLAY_MORE;
}

static enum play play_usage(struct call *c)
{
	if (c->include_usage && c->script.usage != USAGE_NO &&
	    c->script.usage != USAGE_EARLY)
		c->dialect->frame(c, FRAME_USAGE);
	c->stage = STAGE_END;
	return PLAY_MORE;
}

/* The next thing that happens in a streamed answer. */
static enum play play_stream(struct player *p)
{
	struct call *c = p->call;

	switch (c->stage) {
	case STAGE_START:
		return play_start(p);
	case STAGE_TOKENS:
		return play_tokens(p);
	case STAGE_TOOLS:
		return play_tools(c);
	case STAGE_FINISH:
		if (c->script.hang == HANG_END)
			return hang(p);
		return add(c, FRAME_FINISH, STAGE_USAGE);
	case STAGE_USAGE:
		return play_usage(c);
	case STAGE_END:
		return add(c, FRAME_END, STAGE_CLOSE);
	case STAGE_CLOSE:
		return c->script.hang == HANG_CLOSE ? hang(p) : PLAY_OVER;
	case STAGE_BROKEN:
	default:
		return PLAY_OVER;
	}
}

/* An answer in one piece comes when its last token would have come. */
static enum play play_whole(struct player *p)
{
	struct call *c = p->call;
	const int64_t due = c->start_ms + c->ntokens * c->script.pace_ms;

	if (c->stage == STAGE_CLOSE)
		return PLAY_OVER;
	if (c->script.hang != HANG_NO && c->script.hang != HANG_CLOSE)
		return hang(p);
	if (c->script.cut != CUT_NO && c->script.cut != CUT_BYTES)
		return PLAY_CUT;
	if (c->script.gate && !park_take_permit(p->park, c))
		return PLAY_WAIT;
	if (c->script.pace_ms > 0 && park_now_ms() < due) {
		park_until(p->park, c, due);
		return PLAY_WAIT;
	}
	c->sent_tokens = c->ntokens;
	c->stage = STAGE_CLOSE;
	if (c->script.garbage != GARBAGE_NO)
		text_addf(&c->pending, "<html>502 nobody home</html>");
	else
		c->dialect->whole(c);
	return PLAY_MORE;
}

/* How many of n pending bytes may go now; 0: the cut is here. */
static size_t allowance(const struct call *c, size_t n, size_t room)
{
	n = n < room ? n : room;
	if (c->script.split > 0 && n > (size_t)c->script.split)
		n = (size_t)c->script.split;
	if (c->script.cut == CUT_BYTES &&
	    (long)n > c->script.cut_at - c->sent_bytes)
		n = (size_t)(c->script.cut_at - c->sent_bytes);
	return n;
}

static ssize_t take(struct call *c, char *out, size_t room)
{
	const size_t n = allowance(c, c->pending.n, room);

	if (n == 0) {
		c->cut_by_us = true;
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	memcpy(out, c->pending.p, n);
	text_consume(&c->pending, n);
	c->sent_bytes += (long)n;
	return (ssize_t)n;
}

/*
 * Whether frames leave one at a time: because that is asked for, or because a
 * call must not be parked or cut while there is something left to send.
 */
static bool one_by_one(const struct script *s)
{
	return s->split > 0 || s->pace_ms > 0 || s->gate ||
	       s->hang != HANG_NO || s->cut != CUT_NO;
}

static ssize_t read_body(void *arg, uint64_t pos, char *out, size_t room)
{
	struct player *p = arg;
	struct call *c = p->call;
	enum play play = PLAY_MORE;

	(void)pos;
	if (park_is_gone(p->park, c))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	const size_t fill = one_by_one(&c->script) ? 1 : PLAY_FILL_BYTES;
	while (play == PLAY_MORE && c->pending.n < fill)
		play = c->stream ? play_stream(p) : play_whole(p);
	if (c->pending.n > 0)
		return take(c, out, room);
	if (play == PLAY_WAIT)
		return 0;
	if (play == PLAY_OVER)
		return MHD_CONTENT_READER_END_OF_STREAM;
	c->cut_by_us = true;
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

struct MHD_Response *play_response(struct park *park, struct call *c)
{
	struct player *p = mem_zero(sizeof(*p));

	p->park = park;
	p->call = c;
	c->start_ms = park_now_ms();
	c->ntokens = script_tokens(&c->script);
	if (c->max_tokens > 0 && c->ntokens > c->max_tokens) {
		c->ntokens = c->max_tokens;
		c->limited = true;
	}
	struct MHD_Response *r = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, PLAY_BLOCK_BYTES, read_body, p, free);
	const char *type = c->dialect->stream_type;
	if (!c->stream)
		type = "application/json";
	else if (type == NULL)
		type = "text/event-stream";
	(void)MHD_add_response_header(r, "Content-Type", type);
	return r;
}
