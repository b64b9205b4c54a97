/*
 * Limits as arguments: dollars a day, requests per minute, lists.  What they
 * make are parameters for functions of the schema; without an argument SQL
 * NULL.
 */
#include "base/buf.h"
#include "base/num.h"
#include "cli/cli.h"
#include "db/db.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RPM_MAX        1000000
#define LIST_MAX_BYTES ((size_t)32 * 1024)

enum err cli_usd(struct cli *cli, const char *text,
		 char out[static CLI_NUMBER_BYTES], struct str *param)
{
	int64_t pico = -1;

	*param = STR_NONE;
	if (text == NULL)
		return ERR_OK;
	if (strcmp(text, "none") != 0 &&
	    num_parse_usd(str_from(text), &pico) != ERR_OK)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "--daily-usd takes dollars such as 1.50, or "
			       "none");
	(void)snprintf(out, CLI_NUMBER_BYTES, "%" PRId64, pico);
	*param = str_from(out);
	return ERR_OK;
}

enum err cli_rpm(struct cli *cli, const char *text,
		 char out[static CLI_NUMBER_BYTES], struct str *param)
{
	int64_t rpm = 0;

	*param = STR_NONE;
	if (text == NULL)
		return ERR_OK;
	if (strcmp(text, "none") != 0 &&
	    num_parse_i64(str_from(text), 1, RPM_MAX, &rpm) != ERR_OK)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "--rpm takes requests per minute, 1 to %d, or "
			       "none",
			       RPM_MAX);
	(void)snprintf(out, CLI_NUMBER_BYTES, "%" PRId64, rpm);
	*param = str_from(out);
	return ERR_OK;
}

struct str cli_list(struct cli *cli, const char *text)
{
	struct str rest = str_from(text);
	struct buf b;

	if (text == NULL)
		return STR_NONE;
	buf_init(&b, &cli->arena, LIST_MAX_BYTES);
	db_array_begin(&b);
	while (rest.n > 0) {
		struct str item;

		(void)str_cut(rest, ',', &item, &rest);
		if (str_trim(item).n > 0)
			db_array_str(&b, str_trim(item));
	}
	db_array_end(&b);
	return buf_str(&b);
}
