/*
 * Which bytes the scanner must look at, for a policy.
 */
#include "guard/rules.h"

#include "guard/detect.h"

#include <string.h>

static bool any(const struct guard_rules *r, enum guard_kind first,
		enum guard_kind last)
{
	for (int kind = (int)first; kind <= (int)last; kind++)
		if (r->policy.action[kind] != GUARD_OFF)
			return true;
	return false;
}

static void look_at(struct guard_rules *r, const char *bytes, int why)
{
	for (; *bytes != '\0'; bytes++)
		r->at[(unsigned char)*bytes] |= (unsigned char)why;
}

void guard_rules_ready(struct guard_rules *r)
{
	memset(r->at, 0, sizeof(r->at));
	look_at(r, "[", GUARD_AT_NAME);
	if (any(r, GUARD_PHONE, GUARD_IP) || any(r, GUARD_CRYPTO, GUARD_CRYPTO))
		look_at(r, "0123456789", GUARD_AT_DIGIT);
	if (any(r, GUARD_PHONE, GUARD_PHONE))
		look_at(r, "+(", GUARD_AT_PHONE);
	if (any(r, GUARD_EMAIL, GUARD_EMAIL))
		look_at(r, "@", GUARD_AT_SIGN);
	if (any(r, GUARD_IP, GUARD_MAC) || any(r, GUARD_KEY, GUARD_KEY))
		look_at(r, ":", GUARD_AT_COLON);
	if (any(r, GUARD_MAC, GUARD_MAC) ||
	    any(r, GUARD_PRIVATE_KEY, GUARD_PRIVATE_KEY))
		look_at(r, "-", GUARD_AT_DASH);
	if (any(r, GUARD_KEY, GUARD_KEY))
		look_at(r, guard_key_marks, GUARD_AT_KEY);
	if (any(r, GUARD_JWT, GUARD_JWT))
		look_at(r, "J", GUARD_AT_JWT);
}
