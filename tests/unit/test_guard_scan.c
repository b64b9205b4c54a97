/*
 * The detectors with their look-alikes, each vector cut at every byte.
 */
#include "guard_scan.h"

#define ZWSP "\xE2\x80\x8B"

struct vector {
	const char *in;
	const char *out; /* NULL: as it came */
};

static void expect_all(const char *policy, const struct vector *v, size_t n)
{
	const struct guard_rules rules = rules_of(policy);

	for (size_t i = 0; i < n; i++)
		expect_out(&rules, SCAN_TEXT, str_from(v[i].in),
			   v[i].out != NULL ? v[i].out : v[i].in, ERR_OK);
}

#define EXPECT(policy, list) expect_all(policy, list, COUNT(list))

static void email(void **state)
{
	static const struct vector v[] = {
		{"bob@example.com", "[email]"},
		{"Write to bob@example.com.", "Write to [email]."},
		{"<bob.o'neil+x@mail.example.co.uk>, ok", "<[email]>, ok"},
		{"'bob@example.com'", "'[email]'"},
		{"(bob@example.com)", "([email])"},
		{"mailto:bob@example.com?subject=a",
		 "mailto:[email]?subject=a"},
		{"j\xC3\xBCrgen@m\xC3\xBCller.de schrieb", "[email] schrieb"},
		{"\xE8\xAF\xB7\xE8\x81\x94\xE7\xB3\xBB"
		 "bob@example.com\xE3\x80\x82",
		 "\xE8\xAF\xB7\xE8\x81\x94\xE7\xB3\xBB[email]\xE3\x80\x82"},
		{"bob" ZWSP "@exa" ZWSP "mple.com!", "[email]!"},
		{"bob\xEF\xBC\xA0"
		 "example.com",
		 "[email]"},
		{"a@b.cd,e@f.gh", "[email],[email]"},
		{"4111111111111111@example.com", "[email]"},
		{"user1@192.168.7.30", "user1@[ip]"},
		{"@decorator def f(): pass", NULL},
		{"@angular/core and a @ b.com", NULL},
		{"icon@2x.png, app@1.2.3, user@host", NULL},
		{"git clone git@github.com:a/b.git", NULL},
		{"bob@example.c", NULL},
		{"bob@.com bob@@example", NULL},
		{"bob@example.com-", "[email]-"},
		{"bob@example.12", NULL},
	};

	(void)state;
	EXPECT("redact", v);
}

static void card(void **state)
{
	static const struct vector v[] = {
		{"4111111111111111", "[card]"},
		{"card 4111 1111 1111 1111 123 ok", "card [card] 123 ok"},
		{"5500-0000-0000-0004.", "[card]."},
		{"3782 822463 10005", "[card]"},
		{"371449635398431", "[card]"},
		{"30569309025904", "[card]"},
		{"6011111111111117", "[card]"},
		{"3530111333300000", "[card]"},
		{"2223000048400011", "[card]"},
		{"4222222222222", "[card]"},
		{"4" ZWSP "111111111111111", "[card]"},
		{"\xEF\xBC\x94\xEF\xBC\x91\xEF\xBC\x91\xEF\xBC\x91 1111 1111 1111",
		 "[card]"},
		{"\xD9\xA4\xD9\xA1\xD9\xA1\xD9\xA1"
		 "111111111111",
		 "[card]"},
		{"4111\xC2\xA0"
		 "1111\xE2\x80\x89"
		 "1111 1111",
		 "[card]"},
		{"4111111111111112", NULL}, /* check digit */
		{"41111111111111111", NULL},
		{"1234567812345670", NULL}, /* no brand */
		{"0.4111111111111111", NULL},
		{"x4111111111111111", NULL},
		{"41 11 11 11 11 11 11 11", NULL},
		{"4111  1111  1111  1111", NULL},
	};

	(void)state;
	EXPECT("redact, phone off", v);
}

static void iban(void **state)
{
	static const struct vector v[] = {
		{"DE89370400440532013000", "[iban]"},
		{"IBAN: GB29 NWBK 6016 1331 9268 19.", "IBAN: [iban]."},
		{"fr1420041010050500013M02606 x", "[iban] x"},
		{"NO9386011117947", "[iban]"},
		{"DE89370400440532013001", NULL},
		{"DE8937040044053201300", NULL},
		{"ZZ89370400440532013000", NULL},
		{"ADE89370400440532013000", NULL},
		{"model DE89 and GB29 boards", NULL},
	};

	(void)state;
	EXPECT("redact", v);
}

static void ssn(void **state)
{
	static const struct vector v[] = {
		{"123-45-6789", "[ssn]"},
		{"my SSN: 123456789, thanks", "my SSN: [ssn], thanks"},
		{"123 45 6789!", "[ssn]!"},
		{"123\xE2\x80\x91"
		 "45\xE2\x80\x91"
		 "6789",
		 "[ssn]"},
		{"912-70-1234", "[ssn]"},
		{"000-45-6789 666-45-6789 123-00-6789 123-45-0000", NULL},
		{"900-45-6789", NULL},
		{"1123-45-6789", NULL},
		{"123-45-67890", NULL},
		{"123-45-6789-1", NULL},
		{"part 123456789", NULL},
		{"2024-01-02", NULL},
	};

	(void)state;
	EXPECT("redact, phone off", v);
}

static void phone(void **state)
{
	static const struct vector v[] = {
		{"Call (415) 555-2671 now", "Call [phone] now"},
		{"415-555-2671", "[phone]"},
		{"415.555.2671", "[phone]"},
		{"1-415-555-2671 x", "[phone] x"},
		{"+1 415 555 2671 2 times", "[phone] 2 times"},
		{"+49 (0)30 901820.", "[phone]."},
		{"+442079460958", "[phone]"},
		{"06 12 34 56 78", "[phone]"},
		{"020 7946 0958", "[phone]"},
		{"0171/1234567", "[phone]"},
		{"phone 5551234", "phone [phone]"},
		{"in 2024 and 2025", NULL},
		{"01-02-2024 10:30", NULL},
		{"2024-01-02 10:30:00.123", NULL},
		{"1,234,567,890", NULL},
		{"x = a +12345678", NULL},
		{"3.141592653589793", NULL},
		{"115-555-2671", NULL},
		{"415-155-2671", NULL},
		{"1 + 1 = 2 (3)", NULL},
		{"ISBN 978-3-16-148410-0", NULL},
		{"id 4155552671", NULL},
	};

	(void)state;
	EXPECT("redact", v);
}

static void addresses(void **state)
{
	static const struct vector v[] = {
		{"203.0.113.42", "[ip]"},
		{"from 192.168.1.10:8080.", "from [ip]:8080."},
		{"192.168.7.5/24", "[ip]/24"},
		{"2001:db8:85a3::8a2e:370:7334", "[ip]"},
		{"[fe80::1ff:fe23:4567:890a]", "[[ip]]"},
		{"2001:0db8:0000:0000:0000:ff00:0042:8329.", "[ip]."},
		{"00:1B:44:11:3A:B7", "[mac]"},
		{"aa-bb-cc-dd-ee-ff,", "[mac],"},
		{"127.0.0.1 0.0.0.0 255.255.255.0 224.0.0.1", NULL},
		{"10.0.0.0/8 and 192.168.0.0/16", NULL},
		{"1.2.3.4 and 8.8.8.8", NULL},
		{"version 10.20.30.40", NULL},
		{"v10.20.30.40", NULL},
		{"10.20.30.40.50", NULL},
		{"10.20.30.400", NULL},
		{"at 12:30:45 or 1:2:3", NULL},
		{"std::vector<a::b> f64::MAX ::1 ::", NULL},
		{"2001:db8::/32", NULL},
		{"aa:bb:cc:dd:ee", NULL},
		{"aa:bb:cc:dd:ee:fg", NULL},
		{"a-bb-cc-dd-ee-ff-11-22-33", NULL},
	};

	(void)state;
	EXPECT("redact, phone off", v);
}

static void crypto(void **state)
{
	static const struct vector v[] = {
		{"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "[crypto]"},
		{"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy.", "[crypto]."},
		{"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "[crypto]"},
		{"0x742d35Cc6634C0532925a3b844Bc454e4438f44e", "[crypto]"},
		{"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", NULL},
		{"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdr", NULL},
		{"0x742d35Cc6634C0532925a3b844Bc454e4438f44", NULL},
		{"0x742d35Cc6634C0532925a3b844Bc454e4438f44e1", NULL},
		{"0xDEADBEEF", NULL},
	};

	(void)state;
	EXPECT("redact", v);
}

static void keys(void **state)
{
	static const struct vector v[] = {
		{"sk-proj-abcdefghij0123456789ABCDEFGHIJ_-x", "[key]"},
		{"key=sk-ant-api03-AAAAAAAAAAAA0123456789.", "key=[key]."},
		{"AKIAIOSFODNN7EXAMPLE", "[key]"},
		{"ASIAIOSFODNNAEXAMPLE,", "[key],"},
		{"AIzaSyA-0123456789abcdefghijklmnopqrstu", "[key]"},
		{"ghp_0123456789abcdefghijABCDEFGHIJ012345", "[key]"},
		{"github_pat_11ABCDEFG0abcdefghijkl_x", "[key]"},
		{"glpat-abcdefghij0123456789", "[key]"},
		{"xoxb-123456789012-abcdefghijkl", "[key]"},
		{"hf_abcdefghijklmnopqrstuvwxyzABCDEF", "[key]"},
		{"sk_live_"
		 "4eC39HqLyjWDarjtT1zdp7dc",
		 "[key]"},
		{"SG.abcdefghij0123456789ab.cdef", "[key].cdef"},
		{"slw_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", "[key]"},
		{"postgres://app:s3cret@db/x", "postgres://app:[key]@db/x"},
		{"aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		 "aws_[key]"},
		{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.",
		 "[jwt]."},
		{"eyJhbGciOiJIUzI1NiJ9", NULL},
		{"sk-spinner-fading-circle-dot-item", NULL},
		{"AKIA is a prefix; AKIAIOSFODNN7EXAMPLEX is not", NULL},
		{"task-force ghp_ short hf_model sk-", NULL},
		{"https://example.com:8080/a@b", NULL},
		{"SG. I. A. z", NULL},
	};

	(void)state;
	EXPECT("redact", v);
}

#define KEY_LINE \
	"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"

static void private_keys(void **state)
{
	static const struct vector v[] = {
		{"-----BEGIN PRIVATE KEY-----\n" KEY_LINE KEY_LINE
		 "abc=\n-----END PRIVATE KEY-----\nok",
		 "[private_key]\nok"},
		{"x\n-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n" KEY_LINE
		 "-----END RSA PRIVATE KEY-----",
		 "x\n[private_key]"},
		{"-----BEGIN OPENSSH PRIVATE KEY----- " KEY_LINE "  " KEY_LINE
		 "  ab==\n  -----END OPENSSH PRIVATE KEY----- done",
		 "[private_key] done"},
		{"-----BEGIN EC PRIVATE KEY-----\\n"
		 "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\\n-----END EC PRIVATE KEY-----",
		 "[private_key]"},
		{"-----BEGIN PRIVATE KEY-----\n" KEY_LINE, "[private_key]"},
		{"A file begins with -----BEGIN PRIVATE KEY----- and that is it.",
		 NULL},
		{"-----BEGIN CERTIFICATE-----\n" KEY_LINE
		 "-----END CERTIFICATE-----",
		 NULL},
		{"-----BEGIN PUBLIC KEY-----\n" KEY_LINE, NULL},
		{"----- a line -----", NULL},
	};

	(void)state;
	EXPECT("redact", v);
}

static void patterns(void **state)
{
	static const struct vector v[] = {
		{"Order ACME-12345 came", "Order [pattern] came"},
		{"ACME-1234", NULL},
		{"xACME-12345@example.com", "[email]"},
		{"ACME-12345@example.com", "[pattern]@example.com"},
		{"\xC3\xA9"
		 "ACME-" ZWSP "12345\xC3\xA9",
		 "\xC3\xA9[pattern]\xC3\xA9"},
		{"no <x> yes <<a b c>>.", "no <x> yes [pattern]."},
	};
	struct guard_rules rules = rules_of("redact");

	(void)state;
	add_pattern(&rules, "ACME-[0-9]{5}");
	add_pattern(&rules, "(?<=s )<<[a-z ]+>>");
	for (size_t i = 0; i < COUNT(v); i++)
		expect_out(&rules, SCAN_TEXT, str_from(v[i].in),
			   v[i].out != NULL ? v[i].out : v[i].in, ERR_OK);
}

/* What would hold the text back for ever is taken in pieces. */
static void a_pattern_without_end(void **state)
{
	struct guard_rules rules = rules_of("off");
	char in[1500];

	(void)state;
	add_pattern(&rules, "secret[^!]*!");
	memset(in, 'x', sizeof(in));
	memcpy(in + 100, "secret", 6);
	for (size_t step = 1; step <= sizeof(in); step += 7) {
		struct scanned x;
		scanned_init(&x, &rules, SCAN_TEXT);
		for (size_t at = 0; at < sizeof(in); at += step) {
			const size_t left = sizeof(in) - at;
			scanned_feed(&x,
				     (struct str){in + at,
						  left < step ? left : step});
		}
		assert_int_equal(guard_scan_finish(&x.scan), ERR_OK);
		assert_int_equal(x.out.n, sizeof(in) - GUARD_REGEX_BYTES + 9);
		arena_release(&x.arena);
	}
}

static void an_expensive_pattern_fails_closed(void **state)
{
	struct guard_rules rules = rules_of("off");
	struct scanned x;

	(void)state;
	add_pattern(&rules, "(a+)+(b+)+(c+)+$");
	scanned_init(&x, &rules, SCAN_TEXT);
	scanned_feed(&x, STR("before aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb! after"));
	assert_int_equal(guard_scan_finish(&x.scan), ERR_INTERNAL);
	assert_null(strstr(buf_c(&x.out), "after"));
	scanned_feed(&x, STR("more"));
	assert_int_equal(x.err, ERR_INTERNAL);
	assert_null(strstr(buf_c(&x.out), "more"));
	arena_release(&x.arena);
}

static void patterns_are_checked(void **state)
{
	static const char *const bad[] = {"(", "a*", "(?<=aaaaaaaaaaaaaaaa)b",
					  "\\C"};
	const struct guard_regex *regex = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct errbuf e = {0};
		assert_int_equal(
			guard_regex_new(&scan_arena, bad[i], &regex, &e),
			ERR_CONFIG);
		assert_true(e.detail[0] != '\0');
	}
}

static void actions(void **state)
{
	const struct guard_rules block = rules_of("redact, card block");
	const struct guard_rules off = rules_of("redact, card off, phone off");
	const struct guard_rules hash = rules_of("hash");
	struct scanned x;

	(void)state;
	expect_out(&block, SCAN_TEXT, STR("a@b.cd 4111111111111111 more"),
		   "[email] ", ERR_BLOCKED);
	expect_out(&off, SCAN_TEXT, STR("a@b.cd 4111111111111111"),
		   "[email] 4111111111111111", ERR_OK);
	scan_cut(&x, &hash, SCAN_TEXT, STR("a@b.cd x@y.zz a@b.cd"), 9);
	assert_int_equal(x.out.n, 3 * strlen("[email:00000000]") + 2);
	assert_memory_equal(x.out.p, x.out.p + 34, 16);
	assert_memory_not_equal(x.out.p, x.out.p + 17, 16);
	assert_int_equal(x.scan.found[GUARD_EMAIL], 3);
	arena_release(&x.arena);
}

static void tool_arguments(void **state)
{
	static const struct vector v[] = {
		{"{\"to\":\"bob@example.com\"}", "{\"to\":\"[email]\"}"},
		{"{\"to\":\"bob\\u0040example.com\"}", "{\"to\":\"[email]\"}"},
		{"{\"t\":\"a\\nbob@example.com\\n\"}",
		 "{\"t\":\"a\\n[email]\\n\"}"},
		{"{\"card\":4111111111111111}", "{\"card\":\"[card]\"}"},
		{"{\"a\":\"\\\"4111111111111111\\\"\"}",
		 "{\"a\":\"\\\"[card]\\\"\"}"},
		{"{\"a\":\"\\ud83d\\ude00 x\\u00e9\\\\\"}", NULL},
		{"{\"a\":\"4\\u200b111111111111111\"}", "{\"a\":\"[card]\"}"},
		{"{\"k\":\"-----BEGIN PRIVATE KEY-----\\n"
		 "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\\n-----END PRIVATE KEY-----\\n\"}",
		 "{\"k\":\"[private_key]\\n\"}"},
	};
	const struct guard_rules rules = rules_of("redact");

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++)
		expect_out(&rules, SCAN_JSON, str_from(v[i].in),
			   v[i].out != NULL ? v[i].out : v[i].in, ERR_OK);
}

static void names_are_put_back(void **state)
{
	const struct guard_rules in = rules_of("redact");
	const struct guard_rules out = rules_of("redact");
	const struct str answer =
		STR("Dear [email_1] and [email_2], not c@d.ef or [email_3].");
	struct scanned x;
	struct scanned y;
	struct vault vault;

	(void)state;
	vault_init(&vault, &scan_arena);
	scanned_init(&x, &in, SCAN_TEXT);
	x.scan.fill = &vault;
	scanned_feed(&x, STR("Write to a@b.cd, x@y.zz and a@b.cd"));
	assert_int_equal(guard_scan_finish(&x.scan), ERR_OK);
	assert_string_equal(buf_c(&x.out),
			    "Write to [email_1], [email_2] and [email_1]");
	for (size_t cut = 0; cut <= answer.n; cut++) {
		scanned_init(&y, &out, SCAN_TEXT);
		y.scan.empty = &vault;
		scanned_feed(&y, (struct str){answer.p, cut});
		scanned_feed(&y, (struct str){answer.p + cut, answer.n - cut});
		assert_int_equal(guard_scan_finish(&y.scan), ERR_OK);
		assert_string_equal(
			buf_c(&y.out),
			"Dear a@b.cd and x@y.zz, not [email] or [email_3].");
		arena_release(&y.arena);
	}
	arena_release(&x.arena);
}

/* Only a word that could become an address waits, and no memory grows. */
static void ordinary_text_flows(void **state)
{
	static const char *const words[] = {
		"Slipway ",    "puts ", "an AI feature",       " behind",
		" the web ",   "host,", " gr\xC3\xBC\xC3\x9F", "en. ",
		"\n\n* one\n",
	};
	const struct guard_rules rules = rules_of("redact");
	const struct guard_rules no_email = rules_of("redact, email off");
	struct scanned x;
	size_t in = 0;
	size_t used = 0;

	(void)state;
	scanned_init(&x, &rules, SCAN_TEXT);
	for (size_t i = 0; i < 40000; i++) {
		const struct str word = str_from(words[i % COUNT(words)]);
		scanned_feed(&x, word);
		in += word.n;
		assert_true(in - x.out.n <= 16);
		if (word.p[word.n - 1] == ' ' || word.p[word.n - 1] == '\n')
			assert_int_equal(in, x.out.n);
		if (i == 100)
			used = x.scan.window.cap;
	}
	assert_int_equal(x.scan.window.cap, used);
	arena_release(&x.arena);
	scanned_init(&x, &no_email, SCAN_TEXT);
	scanned_feed(&x, STR("Ordinary"));
	assert_string_equal(buf_c(&x.out), "Ordinary");
	arena_release(&x.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(email),
		cmocka_unit_test(card),
		cmocka_unit_test(iban),
		cmocka_unit_test(ssn),
		cmocka_unit_test(phone),
		cmocka_unit_test(addresses),
		cmocka_unit_test(crypto),
		cmocka_unit_test(keys),
		cmocka_unit_test(private_keys),
		cmocka_unit_test(patterns),
		cmocka_unit_test(a_pattern_without_end),
		cmocka_unit_test(an_expensive_pattern_fails_closed),
		cmocka_unit_test(patterns_are_checked),
		cmocka_unit_test(actions),
		cmocka_unit_test(tool_arguments),
		cmocka_unit_test(names_are_put_back),
		cmocka_unit_test(ordinary_text_flows),
	};

	return cmocka_run_group_tests(tests, scan_setup, scan_teardown);
}
