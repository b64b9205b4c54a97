/*
 * Which service a command asks, and with which key: what `slipway smoke` and
 * `slipway eval` have in common.
 */
#include "cli/service.h"

#include "base/buf.h"

#include <string.h>
#include <unistd.h>

#define KEY_FILE_BYTES ((size_t)4096)

enum err cli_service_conf(struct cli *cli, bool *has)
{
	*has = false;
	if (cli->conf_path == NULL &&
	    access(conf_default_path(&cli->arena), F_OK) != 0)
		return ERR_OK;
	ERR_TRY(conf_load(&cli->arena, cli->conf_path, &cli->conf, &cli->err));
	*has = true;
	return ERR_OK;
}

static enum err read_key(struct cli *cli, const char *path,
			 struct cli_service *out)
{
	struct str text = STR_NONE;
	struct str rest = STR_NONE;
	struct buf header;

	if (path == NULL) {
		const struct conf_secret own = conf_own_key(&cli->arena);
		text = (struct str){own.secret_p, own.secret_n};
		out->key_from = "$SLIPWAY_KEY";
	} else {
		const bool is_stdin = strcmp(path, "-") == 0;
		out->key_from = is_stdin ? "standard input" : path;
		ERR_TRY(cli_read_file(cli, is_stdin ? "/dev/stdin" : path,
				      KEY_FILE_BYTES, &text));
	}
	(void)str_cut(str_trim(text), '\n', &text, &rest);
	text = str_trim(text);
	if (text.n == 0)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "there is no API key in %s", out->key_from);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return err_set(&cli->err, ERR_INVALID_REQUEST,
				       "the key in %s is not one word",
				       out->key_from);
	buf_init(&header, &cli->arena, 2 * KEY_FILE_BYTES);
	buf_add_c(&header, "Authorization: Bearer ");
	buf_add_str(&header, text);
	out->header = buf_c(&header);
	return ERR_OK;
}

enum err cli_service_url(struct cli *cli, const char *given, const char **out)
{
	struct str url = str_trim(
		str_from(given != NULL ? given : cli->conf.server.public_url));

	while (url.n > 0 && url.p[url.n - 1] == '/')
		url.n--;
	if (url.n == 0)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "--url is missing, and [server] public_url: "
			       "where the service answers");
	*out = str_dup(&cli->arena, url);
	return ERR_OK;
}

enum err cli_service(struct cli *cli, const char *url, const char *key_file,
		     struct cli_service *out)
{
	ERR_TRY(cli_service_url(cli, url, &out->url));
	return read_key(cli, key_file, out);
}
