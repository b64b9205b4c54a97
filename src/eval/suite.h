#ifndef SLIPWAY_EVAL_SUITE_H
#define SLIPWAY_EVAL_SUITE_H

#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * Cases of an evaluation, as they were read from files: the part of
 * promptfoo's YAML that www/docs/evals.html describes, and lines of JSON.
 * What is not understood is an error that names file and line: no assertion
 * is ever passed over.
 */

#define EVAL_MAX_CASES   2000
#define EVAL_MAX_CHECKS  50 /* of one case */
#define EVAL_MAX_TAGS    16
#define EVAL_MAX_PROMPTS 16
#define EVAL_MAX_TARGETS 16
#define EVAL_FILE_BYTES  ((size_t)4 * 1024 * 1024)

enum eval_kind {
	EVAL_EQUALS,
	EVAL_CONTAINS,
	EVAL_CONTAINS_ANY,
	EVAL_CONTAINS_ALL,
	EVAL_STARTS_WITH,
	EVAL_REGEX,
	EVAL_IS_JSON,
	EVAL_LEVENSHTEIN,
	EVAL_LATENCY,
	EVAL_COST,
	EVAL_CITES,
	EVAL_STATUS,
	EVAL_ERROR,
	EVAL_RUBRIC
};

/* One assertion. */
struct eval_check {
	const char *type; /* as it was written: "not-icontains" */
	enum eval_kind kind;
	bool negated;
	bool nocase;
	struct str *texts; /* what is looked for; the pattern; the rubric */
	size_t ntexts;
	struct json schema; /* of is-json; absent: any JSON */
	int64_t threshold;  /* edits, ms, pico-dollars or an HTTP status */
	const char *judge;  /* model of llm-rubric; NULL: the run's */
	size_t line;
};

struct eval_case {
	const char *id; /* the same from run to run; no text of a person */
	const char *description;
	const char *file;
	size_t line;
	const char *feature; /* NULL: the target's */
	const char *tags[EVAL_MAX_TAGS];
	size_t ntags;
	struct str prompt;    /* what is asked */
	struct json messages; /* a conversation in its place, else absent */
	struct json options;  /* response_format, max_tokens, temperature */
	struct json vars;
	struct eval_check *checks;
	size_t nchecks;
};

/* What answers: a feature, a model, or a model with the prompt of a feature. */
struct eval_target {
	const char *feature; /* NULL: the service's own default */
	const char *model;   /* NULL: as the feature's route says */
};

struct eval_suite {
	struct eval_case cases[EVAL_MAX_CASES];
	size_t ncases;
	/* from "providers"; options of the command win */
	struct eval_target targets[EVAL_MAX_TARGETS];
	size_t ntargets;
};

/* Where files come from. */
struct eval_source {
	struct arena *arena;
	enum err (*read)(void *arg, const char *path, struct str *out);
	void *arg;
	struct errbuf *e;
};

/*
 * Add the cases of a file: ".jsonl" has one a line, everything else is YAML
 * (of which JSON is a part).
 *
 * Returns ERR_OK, what src->read() returned, or ERR_INVALID_REQUEST with
 * FILE:LINE and the reason in src->e.
 * Owns:  all of it lives in src->arena.
 */
ERR_MUST_USE enum err eval_suite_add(struct eval_suite *s,
				     const struct eval_source *src,
				     const char *path);

/* "openai:chat:NAME", "a/b" or NAME: a model when there is a "/" in it. */
struct eval_target eval_target_of(struct arena *a, struct str name);

bool eval_has_tag(const struct eval_case *c, const char *tag);

#endif
