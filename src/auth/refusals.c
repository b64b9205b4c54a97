/*
 * A small memory of refusals: a set-associative table of keys and another of
 * addresses, under one mutex.  The ledger is always right; this only saves it
 * from being asked the same thing again at once.
 */
#include "auth/refusals.h"

#include "base/arena.h"
#include "base/num.h"

#include <pthread.h>
#include <string.h>

#define SETS          256
#define WAYS          4
#define ADDRESS_BYTES 46 /* an IPv6 address as text */

/* The latest answer to one key. */
struct known_key {
	unsigned char hash[LEDGER_HASH_BYTES];
	int64_t until_ms;   /* it holds; 0: empty */
	int64_t good_ms;    /* until then the key is somebody's */
	int64_t floor_pico; /* of a cap refusal: what did not fit */
	struct ledger_admission answer;
};

/* Unknown keys that an address sent. */
struct known_address {
	char address[ADDRESS_BYTES];
	int64_t until_ms; /* end of its minute; 0: empty */
	int64_t unknown;
};

struct refusals {
	pthread_mutex_t lock;
	int64_t max_unknown;
	struct known_key keys[SETS][WAYS];
	struct known_address addresses[SETS][WAYS];
};

struct refusals *refusals_new(struct arena *a, int64_t max_unknown)
{
	struct refusals *const r = ARENA_NEW(a, struct refusals);

	(void)pthread_mutex_init(&r->lock, NULL);
	r->max_unknown = max_unknown;
	return r;
}

/* A SHA-256 is as good as random: its first byte picks the set. */
static struct known_key *find_key(struct refusals *r, const unsigned char *hash)
{
	struct known_key *const set = r->keys[hash[0] % SETS];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].until_ms > 0 &&
		    memcmp(set[i].hash, hash, LEDGER_HASH_BYTES) == 0)
			return &set[i];
	return NULL;
}

static int64_t end_of(const struct known_key *k)
{
	return k->good_ms > k->until_ms ? k->good_ms : k->until_ms;
}

/* The entry of the set that ends first: an empty one, if there is one. */
static struct known_key *place_for(struct refusals *r,
				   const unsigned char *hash)
{
	struct known_key *const set = r->keys[hash[0] % SETS];
	struct known_key *oldest = &set[0];

	for (size_t i = 1; i < WAYS; i++)
		if (end_of(&set[i]) < end_of(oldest))
			oldest = &set[i];
	return oldest;
}

/* FNV-1a: an attacker who makes addresses collide only shares their limit. */
static struct known_address *address_set(struct refusals *r, struct str address)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < address.n; i++)
		h = (h ^ (unsigned char)address.p[i]) * 16777619U;
	return r->addresses[h % SETS];
}

static struct known_address *find_address(struct refusals *r,
					  struct str address, int64_t now_ms)
{
	struct known_address *const set = address_set(r, address);

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].until_ms > now_ms &&
		    str_eq_c(address, set[i].address))
			return &set[i];
	return NULL;
}

/* The least that this call could be granted, as slipway.admit() sees it. */
static int64_t floor_of(const struct ledger_admit *in)
{
	return num_add(in->input_pico,
		       num_mul(in->min_output_tokens, in->output_pico));
}

static bool is_cap(enum err verdict)
{
	return verdict == ERR_KEY_CAP || verdict == ERR_USER_CAP ||
	       verdict == ERR_TENANT_CAP || verdict == ERR_SYSTEM_CAP;
}

/* How long an answer holds here; 0 = it is not remembered. */
static int64_t lifetime_ms(const struct ledger_admission *a)
{
	if (a->verdict == ERR_OK)
		return REFUSALS_GOOD_MS;
	if (a->verdict == ERR_UNAUTHORIZED)
		return REFUSALS_UNKNOWN_MS;
	if (a->verdict == ERR_RATE_LIMITED)
		return a->retry_after_ms;
	if (is_cap(a->verdict))
		return a->retry_after_ms > 0 &&
				       a->retry_after_ms < REFUSALS_CAP_MS
			       ? a->retry_after_ms
			       : REFUSALS_CAP_MS;
	return 0;
}

static bool key_refused(const struct known_key *k,
			const struct ledger_admit *in, int64_t now_ms,
			struct ledger_admission *out)
{
	if (now_ms >= k->until_ms || k->answer.verdict == ERR_OK)
		return false;
	if (is_cap(k->answer.verdict) && floor_of(in) < k->floor_pico)
		return false;
	*out = k->answer;
	if (out->verdict == ERR_RATE_LIMITED)
		out->retry_after_ms = k->until_ms - now_ms;
	return true;
}

static bool address_refused(const struct refusals *r,
			    const struct known_address *a, int64_t now_ms,
			    struct ledger_admission *out)
{
	if (a == NULL || r->max_unknown == 0 || a->unknown < r->max_unknown)
		return false;
	*out = (struct ledger_admission){
		.verdict = ERR_RATE_LIMITED,
		.retry_after_ms = a->until_ms - now_ms,
		.cap_pico = -1,
	};
	return true;
}

bool refusals_find(struct refusals *r, const struct ledger_admit *in,
		   struct str address, int64_t now_ms,
		   struct ledger_admission *out)
{
	bool refused = false;

	(void)pthread_mutex_lock(&r->lock);
	const struct known_key *const k = find_key(r, in->key_hash);
	if (k != NULL && now_ms < k->until_ms)
		refused = key_refused(k, in, now_ms, out);
	else if (k == NULL || now_ms >= k->good_ms)
		refused = address_refused(r, find_address(r, address, now_ms),
					  now_ms, out);
	(void)pthread_mutex_unlock(&r->lock);
	return refused;
}

static void count_unknown(struct refusals *r, struct str address,
			  int64_t now_ms)
{
	struct known_address *a = find_address(r, address, now_ms);

	if (address.n == 0 || address.n >= ADDRESS_BYTES)
		return;
	if (a == NULL) {
		struct known_address *const set = address_set(r, address);
		a = &set[0];
		for (size_t i = 1; i < WAYS; i++)
			if (set[i].until_ms < a->until_ms)
				a = &set[i];
		memset(a, 0, sizeof(*a));
		memcpy(a->address, address.p, address.n);
		a->until_ms = now_ms + REFUSALS_MINUTE_MS;
	}
	a->unknown++;
}

void refusals_note(struct refusals *r, const struct ledger_admit *in,
		   struct str address, int64_t now_ms,
		   const struct ledger_admission *answer)
{
	const int64_t ms = lifetime_ms(answer);

	if (ms <= 0)
		return;
	(void)pthread_mutex_lock(&r->lock);
	struct known_key *k = find_key(r, in->key_hash);
	if (k == NULL)
		k = place_for(r, in->key_hash);
	memcpy(k->hash, in->key_hash, sizeof(k->hash));
	k->until_ms = now_ms + ms;
	k->floor_pico = floor_of(in);
	k->good_ms = answer->verdict == ERR_UNAUTHORIZED
			     ? 0
			     : now_ms + REFUSALS_GOOD_MS;
	k->answer = *answer;
	if (answer->verdict == ERR_UNAUTHORIZED)
		count_unknown(r, address, now_ms);
	(void)pthread_mutex_unlock(&r->lock);
}
