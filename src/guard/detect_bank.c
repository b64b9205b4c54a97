/*
 * Accounts: IBAN (ISO 13616) and the addresses of crypto money.
 */
#include "guard/detect.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

#define IBAN_MAX   34
#define BECH32_MAX 71
#define BASE58_MIN 26
#define BASE58_MAX 35
#define ETH_DIGITS 40

static enum guard_found answer(struct guard_hit *hit, enum guard_kind kind,
			       size_t from, size_t to)
{
	*hit = (struct guard_hit){kind, from, to, GUARD_TAIL_NONE};
	return GUARD_YES;
}

static enum guard_found later(struct guard_hit *hit, size_t from)
{
	hit->from = from;
	return GUARD_MORE;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Characters of a country's IBAN; 0: it has none. */
static size_t iban_length(char a, char b)
{
	static const char table[] =
		"AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28"
		"CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23"
		"GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32"
		"LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18"
		"NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19"
		"SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

	for (const char *p = table; *p != '\0'; p += 4)
		if (p[0] == a && p[1] == b)
			return (size_t)((p[2] - '0') * 10 + (p[3] - '0'));
	return 0;
}

/* ISO 7064 mod 97-10, the first four characters moved to the end. */
static bool iban_valid(const char *s, size_t n)
{
	unsigned rest = 0;

	for (size_t k = 0; k < n; k++) {
		const char c = s[(k + 4) % n];
		if (c >= '0' && c <= '9')
			rest = rest * 10 + (unsigned)(c - '0');
		else
			rest = rest * 100 + (unsigned)(c - 'A' + 10);
		rest %= 97;
	}
	return rest == 1;
}

enum guard_found guard_detect_iban(const struct guard_text *t, size_t at,
				   struct guard_hit *hit)
{
	const size_t from = at - 2;
	char s[IBAN_MAX];
	size_t n = 0;
	size_t i = from;

	if (at < t->base + 2 || !guard_is(t, from, GUARD_IS_ALPHA) ||
	    !guard_is(t, from + 1, GUARD_IS_ALPHA) ||
	    guard_was(t, from, GUARD_IS_ALNUM))
		return GUARD_NO;
	const size_t length =
		iban_length(upper(t->p[from]), upper(t->p[from + 1]));
	for (; n < length; i++) {
		const int c = guard_peek(t, i);
		if (c == GUARD_PEEK_MORE)
			return later(hit, from);
		if (guard_is(t, i, GUARD_IS_ALNUM))
			s[n++] = upper((char)c);
		else if ((c != ' ' && c != '-') || n < 4 ||
			 !guard_was(t, i, GUARD_IS_ALNUM))
			return GUARD_NO;
		if ((n == 3 || n == 4) && !(s[n - 1] >= '0' && s[n - 1] <= '9'))
			return GUARD_NO;
	}
	if (length == 0 || !iban_valid(s, n))
		return GUARD_NO;
	if (guard_peek(t, i) == GUARD_PEEK_MORE)
		return later(hit, from);
	if (guard_is(t, i, GUARD_IS_ALNUM))
		return GUARD_NO;
	return answer(hit, GUARD_IBAN, from, i);
}

/* BIP 173 and 350. */
static bool bech32_valid(struct str hrp, const char *s, size_t n)
{
	static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	static const uint32_t generator[5] = {
		0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3};
	uint32_t sum = 1;

	for (size_t k = 0; k < 2 * hrp.n + 1 + n; k++) {
		uint32_t v = 0;
		if (k < hrp.n)
			v = (uint32_t)hrp.p[k] >> 5;
		else if (k > hrp.n && k <= 2 * hrp.n)
			v = (uint32_t)hrp.p[k - hrp.n - 1] & 31;
		else if (k > 2 * hrp.n)
			v = (uint32_t)(strchr(digits, s[k - 2 * hrp.n - 1]) -
				       digits);
		const uint32_t top = sum >> 25;
		sum = ((sum & 0x1FFFFFF) << 5) ^ v;
		for (unsigned bit = 0; bit < 5; bit++)
			sum ^= (top >> bit & 1) != 0 ? generator[bit] : 0;
	}
	return sum == 1 || sum == 0x2BC830A3;
}

static bool is_bech32(const struct guard_text *t, size_t i)
{
	return guard_is(t, i, GUARD_IS_ALNUM) &&
	       strchr("qpzry9x8gf2tvdw0s3jn54khce6mua7l", t->p[i]) != NULL;
}

/* bc1…, tb1…, ltc1…: at is the '1'. */
static enum guard_found detect_bech32(const struct guard_text *t, size_t at,
				      struct guard_hit *hit)
{
	static const char *const hrps[] = {"bc", "tb", "ltc"};

	for (size_t h = 0; h < 3; h++) {
		const struct str hrp = str_from(hrps[h]);
		const size_t from = at - hrp.n;
		size_t i = at + 1;
		if (at < t->base + hrp.n ||
		    memcmp(t->p + from, hrp.p, hrp.n) != 0 ||
		    guard_was(t, from, GUARD_IS_ALNUM))
			continue;
		while (i <= at + BECH32_MAX && is_bech32(t, i))
			i++;
		if (guard_peek(t, i) == GUARD_PEEK_MORE)
			return later(hit, from);
		if (i < at + 12 || guard_is(t, i, GUARD_IS_ALNUM) ||
		    !bech32_valid(hrp, t->p + at + 1, i - at - 1))
			return GUARD_NO;
		return answer(hit, GUARD_CRYPTO, from, i);
	}
	return GUARD_NO;
}

/* 25 bytes in base 58, the last four a check sum over the others. */
static bool base58_valid(const char *s, size_t n)
{
	static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
				     "abcdefghijkmnopqrstuvwxyz";
	unsigned char v[25] = {0};
	unsigned char once[crypto_hash_sha256_BYTES];
	unsigned char twice[crypto_hash_sha256_BYTES];

	for (size_t k = 0; k < n; k++) {
		unsigned carry = (unsigned)(strchr(digits, s[k]) - digits);
		for (size_t b = sizeof(v); b-- > 0;) {
			carry += 58U * v[b];
			v[b] = (unsigned char)carry;
			carry >>= 8;
		}
		if (carry != 0)
			return false;
	}
	(void)crypto_hash_sha256(once, v, 21);
	(void)crypto_hash_sha256(twice, once, sizeof(once));
	return memcmp(twice, v + 21, 4) == 0;
}

static enum guard_found detect_base58(const struct guard_text *t, size_t at,
				      struct guard_hit *hit)
{
	size_t i = at;

	while (i <= at + BASE58_MAX && guard_is(t, i, GUARD_IS_B58))
		i++;
	if (i <= at + BASE58_MAX && guard_peek(t, i) == GUARD_PEEK_MORE)
		return later(hit, at);
	if (i < at + BASE58_MIN || i > at + BASE58_MAX ||
	    guard_is(t, i, GUARD_IS_ALNUM) || !base58_valid(t->p + at, i - at))
		return GUARD_NO;
	return answer(hit, GUARD_CRYPTO, at, i);
}

static enum guard_found detect_eth(const struct guard_text *t, size_t at,
				   struct guard_hit *hit)
{
	size_t i = at + 2;

	if (guard_peek(t, at + 1) == GUARD_PEEK_MORE)
		return later(hit, at);
	if (guard_peek(t, at + 1) != 'x')
		return GUARD_NO;
	while (i <= at + 2 + ETH_DIGITS && guard_is(t, i, GUARD_IS_HEX))
		i++;
	if (i <= at + 2 + ETH_DIGITS && guard_peek(t, i) == GUARD_PEEK_MORE)
		return later(hit, at);
	if (i != at + 2 + ETH_DIGITS || guard_is(t, i, GUARD_IS_ALNUM))
		return GUARD_NO;
	return answer(hit, GUARD_CRYPTO, at, i);
}

enum guard_found guard_detect_crypto(const struct guard_text *t, size_t at,
				     struct guard_hit *hit)
{
	if (guard_was(t, at, GUARD_IS_ALNUM))
		return t->p[at] == '1' ? detect_bech32(t, at, hit) : GUARD_NO;
	if (t->p[at] == '0')
		return detect_eth(t, at, hit);
	if (t->p[at] == '1' || t->p[at] == '3')
		return detect_base58(t, at, hit);
	return GUARD_NO;
}
