/*
 * The words of the guard, and the lists of them that stand in settings.
 */
#include "conf/guard.h"

#include <assert.h>

static const char *const kind_names[GUARD_KINDS] = {
	[GUARD_EMAIL] = "email", [GUARD_PHONE] = "phone",
	[GUARD_CARD] = "card",   [GUARD_IBAN] = "iban",
	[GUARD_SSN] = "ssn",     [GUARD_IP] = "ip",
	[GUARD_MAC] = "mac",     [GUARD_CRYPTO] = "crypto",
	[GUARD_KEY] = "key",     [GUARD_PRIVATE_KEY] = "private_key",
	[GUARD_JWT] = "jwt",     [GUARD_PATTERN] = "pattern",
};

static const char *const action_names[GUARD_ACTIONS] = {
	[GUARD_OFF] = "off",
	[GUARD_REDACT] = "redact",
	[GUARD_HASH] = "hash",
	[GUARD_BLOCK] = "block",
};

const char *guard_kind_name(enum guard_kind kind)
{
	assert(kind < GUARD_KINDS);
	return kind_names[kind];
}

const char *guard_action_name(enum guard_action action)
{
	assert(action < GUARD_ACTIONS);
	return action_names[action];
}

/* The index of word among n names; n when it is none of them. */
static size_t find(struct str word, const char *const *names, size_t n)
{
	size_t i = 0;

	while (i < n && !str_eq_c(word, names[i]))
		i++;
	return i;
}

/* "ACTION" or "KIND ACTION". */
static bool apply(struct str piece, struct guard_policy *out)
{
	struct str first;
	struct str second;
	const bool pair = str_cut(piece, ' ', &first, &second);
	const struct str word = pair ? str_trim(second) : first;
	const size_t action = find(word, action_names, GUARD_ACTIONS);
	const size_t kind = pair ? find(first, kind_names, GUARD_KINDS) : 0;

	if (action == GUARD_ACTIONS || kind == GUARD_KINDS)
		return false;
	if (pair) {
		out->action[kind] = (unsigned char)action;
		return true;
	}
	for (size_t i = 0; i < GUARD_KINDS; i++)
		out->action[i] = (unsigned char)action;
	return true;
}

bool guard_policy_parse(struct str text, struct guard_policy *out,
			struct str *bad)
{
	struct str rest = text;
	bool more = str_trim(text).n > 0;

	while (more) {
		struct str piece;
		more = str_cut(rest, ',', &piece, &rest);
		*bad = str_trim(piece);
		if (!apply(*bad, out))
			return false;
	}
	return true;
}
