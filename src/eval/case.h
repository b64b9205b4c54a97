#ifndef SLIPWAY_EVAL_CASE_H
#define SLIPWAY_EVAL_CASE_H

#include "eval/suite.h"

/* How one file is read; for the files of src/eval only. */
struct eval_file {
	const struct eval_source *src;
	struct eval_suite *suite;
	const char *path;
	struct json defaults; /* "defaultTest" */
	struct json prompts[EVAL_MAX_PROMPTS];
	size_t nprompts;
	size_t read; /* cases of it */
	bool inner;  /* another file named it: it names none itself */
};

/* The name of the member by which yaml_to_json_lines() tells the line. */
#define EVAL_LINE "@line"

/* FILE:LINE: why, in the errbuf of the source. */
enum err eval_wrong(const struct eval_file *f, size_t line, const char *fmt,
		    ...) __attribute__((format(printf, 3, 4)));

/* The line of an object; without one the line of what it stands in. */
size_t eval_line(struct json v, size_t outer);

/*
 * An object with only these members (and its line); names ends with NULL.
 *
 * what  for the sentence: "a case"
 */
ERR_MUST_USE enum err eval_members(const struct eval_file *f, struct json v,
				   size_t line, const char *what,
				   const char *const *names);

/*
 * Add a case, once for each prompt of the file.
 *
 * v  {"description", "vars", "assert", "options", "metadata", "tags"}
 */
ERR_MUST_USE enum err eval_case_add(struct eval_file *f, struct json v,
				    size_t line);

/*
 * Put a prompt into c: text, or messages when it is a JSON list of them.
 */
ERR_MUST_USE enum err eval_case_prompt(const struct eval_file *f,
				       struct eval_case *c, struct str text);

/* Add c; its id is made from what it has, and must be its own. */
ERR_MUST_USE enum err eval_case_keep(struct eval_file *f, struct eval_case *c,
				     struct str id);

/* The cases of a file of lines; rows.c. */
ERR_MUST_USE enum err eval_rows(struct eval_file *f, struct str text);

#endif
