/*
 * Heuristics for questions and documents that try to overrule the instructions
 * of a model: phrases with weights, on the normal form without case.  One word
 * is never enough: "ignore" must stand with what is to be ignored, and whose
 * it is.  tests/fixtures/guard has what is to be found and what is not, and
 * the unit tests print how well that goes.
 */
#include "guard/inject.h"

#include "base/arena.h"
#include "base/buf.h"
#include "guard/detect.h"
#include "guard/pattern.h"

#include <sodium.h>
#include <string.h>

#define COPY_MAX_BYTES  ((size_t)1024 * 1024)
#define HIDDEN_MIN      40 /* base64 that may hold a phrase, characters */
#define HIDDEN_MAX      4096
#define PIECE_BYTES     8192
#define OVERLAP_BYTES   512
#define SPELLED_LETTERS 4 /* "i g n o" is no list of initials */

/* Up to n words in between. */
#define WORDS(n) "(?:[^ .!?]+ ){0," #n "}"
#define VERB                                                                 \
	"\\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|"            \
	"overrid(?:e|ing)|bypass(?:ing)?|neglect|discard|abandon|set aside|" \
	"(?:do not|don't|stop|no longer|never) (?:follow|obey|comply with|"  \
	"adhere to)(?:ing)?|stop following) "
#define WHOSE                                                                 \
	"(?:previous|prior|above|earlier|preceding|foregoing|former|initial|" \
	"original|system(?:'s)?|your|existing|past|last|before|developer'?s?)"
#define NOUN                                                            \
	"(?:instructions?|prompts?|directives?|directions|guidelines?|" \
	"programming|training|orders|commands|context)\\b"
#define LIMITS                                                              \
	"(?:rules?|restrictions?|constraints?|limitations?|polic(?:y|ies)|" \
	"filters?|safeguards?|safety|ethic(?:s|al)|moral(?:s|ity)?|"        \
	"guardrails?|guidelines?|censorship|content polic(?:y|ies))\\b"
#define SECRET                                                         \
	"(?:system|initial|original|hidden|secret|internal|developer|" \
	"starting|base|full|exact|confidential|pre)"
#define TELL                                                                  \
	"\\b(?:reveal|show|print|display|output|repeat|write|tell|give|leak|" \
	"expose|dump|recite|quote|share|disclose|list|copy|paste|translate|"  \
	"summari[sz]e|say|return|echo|read) "

/* clang-format off */
static const struct phrase {
	int weight;
	const char *text;
} phrases[] = {
	/* instructions that are to be forgotten */
	{100, VERB WORDS(4) WHOSE " " WORDS(3) NOUN},
	{100,
	 VERB WORDS(3) NOUN " " WORDS(2) "(?:above|before|so far|earlier|"
		   
	 "previously|given|received|(?:you|that) (?:were|have|got))\\b"},
	{100, VERB "(?:all|any|every) (?:the |of the )?" NOUN},
	{70, VERB "(?:all|any|every|these|those|the) " WORDS(1) NOUN},
	{100, VERB WORDS(2) "your " WORDS(3) LIMITS},
	{100,
	 VERB "(?:everything|anything|all|what(?:ever)?) "
	 WORDS(3) "(?:above|before|told|said|instructed|earlier|previously|"
		    "you (?:know|learned|were))\\b"},
	{60, "\\b(?:your|these are your|here are your|the) (?:new|real|actual|"
	     "updated) (?:instructions?|task|rules|orders|goal|objective|"
	     "directive|system prompt)\\b ?(?:is|are|:|follow)"},
	{50, "\\bnew (?:system )?(?:instructions?|rules|prompt|directive) ?:"},
	{50, "\\bfrom now on,? (?:you|ignore|respond|answer|act|only)\\b"},
	/* what it was told is to be said */
	{100, TELL WORDS(6) "(?:your|the|its|any|all) " WORDS(2) SECRET
	 " " WORDS(1) "(?:prompts?|instructions?|messages?|rules|guidelines|"
		      "directives|configuration)\\b"},
	{100, TELL WORDS(3) "your " WORDS(1) "(?:prompt|instructions)\\b"},
	{100, "\\bwhat (?:is|are|was|were|do) " WORDS(2) "your " WORDS(2) SECRET
	 " " WORDS(1) "(?:prompts?|instructions?|messages?|rules|guidelines|"
		      "directives)\\b"},
	{100, "\\bwhat (?:is|are|was|were) the " WORDS(2) "(?:prompts?|"
			 "instructions?|rules|messages?) (?:in|of) your\\b"},
	{100,
	 "\\b(?:repeat|print|output|copy|write|say|echo|return|recite) "
	 WORDS(4) "(?:everything|all|the (?:text|words|content|lines|"
		    "sentences?)) "
	 WORDS(5) "(?:above|before|preceding|prior)\\b"},
	{100, "\\bhow (?:were|was) (?:you|your prompt) (?:prompted|instructed|"
	      "configured) (?:word for word|exactly|verbatim|by)"},
	{60, "\\b(?:word for word|verbatim)\\b.{0,60}\\b(?:prompt|"
	     "instructions|told)\\b"},
	{100,
	 TELL WORDS(6) "(?:api keys?|passwords?|secret keys?|credentials|"
		    "environment variables|secrets) "
	 WORDS(3) "(?:you (?:have|know|use|were)|(?:in|from) your)\\b"},
	/* another self */
	{100,
	
	 "\\bdo anything now\\b|"
	 "\\b(?:enter|enable|activate|in|as|start) dan mode\\b|"
	 "\\byou are (?:now )?(?:dan|stan|aim|dude)\\b"},
	{100,
	
	 "\\b(?:you are|you're|you were|act|respond|answer|enter|"
	 "entering|switch "
	 "to|go into|operate|in|as) (?:now |as |in |an? |if )*"
	 "(?:unrestricted|unfiltered|uncensored|jailbroken|amoral|"
	 "evil|god mode|sudo mode|opposite mode)\\b"},
	{60, "\\b(?:developer|god|sudo|admin|debug|maintenance|root|override) "
	     "mode (?:is )?(?:enabled|activated|on|engaged|unlocked)\\b"},
	{60, "\\byou are (?:now )?in (?:developer|debug|maintenance|admin|"
	     "god|root|training) mode\\b"},
	{100,
	 "\\b(?:you|act as|respond|answer|reply|pretend|role-?play|imagine|"
	 "simulate|behave|speak|ai|assistant|model|chatbot|character)\\b"
	 ".{0,60}\\b(?:without|with no|no|free (?:of|from)|"
	 "not bound by|unbound by|ignoring|ignores|has no|"
	 "doesn't (?:have|follow)) " WORDS(2) LIMITS},
	{60, "\\byou (?:are|have) (?:been )?(?:freed|released|liberated|"
	     "no longer bound|broken free)\\b"},
	{60, "\\bjailbreak(?:ed)? (?:yourself|mode|prompt:|successful)"},
	{100, "\\b(?:pretend|imagine|act as if) (?:that )?(?:you|your) "
	 WORDS(5) "(?:no longer|never|not) (?:an? (?:ai|assistant)|"
			 "bound|restricted|limited)\\b"},
	{50, "\\b(?:never|don't|do not) (?:refuse|decline|say no|warn|"
	     "mention (?:that )?you)\\b"},
	{40, "\\b(?:stay|remain) in character\\b"},
	/* marks of a conversation within one message */
	{60, "<\\|(?:im_start|im_end|system|endoftext|eot_id|"
	     "start_header_id)\\|>"},
	{60, "\\[/?inst\\]|<</?sys>>|</?(?:system|system_prompt|"
	     "system-prompt)>"},
	{60, "#{2,} ?(?:system|instructions?|new instructions?)(?: prompt)?"
	     " ?:?(?: |#)"},
	{100, "(?:^| |\")system(?: (?:message|prompt|override))? ?: ?"
	      "(?:ignore|override|disregard)\\b"},
	{60, "(?:^| |\")(?:system|developer)(?: (?:message|prompt|note|"
	     "override|update))? ?: ?(?:you|ignore|override|new|the "
	     "(?:user|assistant)|disregard|from|all|your)\\b"},
	{70, "\\b(?:end of|begin|start of|</?) ?(?:system|user|admin) "
	     "(?:prompt|message|input|instructions)\\b"},
	{50, "\\b(?:important|attention|note|urgent|warning|hey|dear|hello),? "
	     "?(?:to )?(?:all )?(?:ai|llm|language model|assistant|"
	     "chatbot|model)s?\\b ?[:,!]"},
	{60, "\\b(?:if you are|you are|when) an? (?:ai|llm|language model)"
	     "(?: assistant| model)?,? (?:reading|processing|"
	     "summari[sz]ing|you must|please|do not|then)\\b"},
	/* what is said is to be sent away */
	{100, "\\b(?:send|post|forward|e-?mail|exfiltrate|upload|append|"
	      "transmit|leak) .{0,60}\\b(?:conversation|chat history|system "
	      "prompt|api keys?|passwords?|credentials|user data|"
	      "user's (?:data|messages?|e-?mail))\\b.{0,40}\\b(?:to|at|"
	      "via) (?:https?://|[^ ]+@|[^ ]+\\.[a-z])"},
	{100, "!\\[[^\\]]{0,60}\\]\\(https?://[^) ]{0,200}[?&][a-z_]+="
	      "[^) ]{0,40}(?:\\{|\\[|<|%7b|secret|prompt|conversation|data)"},
	/* other languages */
	{100, "\\b(?:ignorier|vergiss|missachte|umgeh)\\w*\\b.{0,30}\\b(?:"
	      "bisherig|vorherig|vorig|obig|alle|deine|ihre|system|"
	      "urspr\xC3\xBCnglich)\\w*.{0,30}(?:anweisung|instruktion|"
	      "regel|vorgabe|prompt|befehl)"},
	{100, "\\b(?:ignor|olvid|descart)\\w*\\b.{0,30}\\b(?:instrucciones|"
	      "reglas|indicaciones|\xC3\xB3rdenes)\\b.{0,20}(?:anterior|"
	      "previa|sistema|arriba|de antes)"},
	{100, "\\b(?:ignor|oubli)\\w*\\b.{0,30}\\b(?:instructions|consignes|"
	      "r\xC3\xA8gles|directives)\\b.{0,20}(?:pr\xC3\xA9"
	      "c\xC3\xA9"
	      "dent|ci-dessus|ant\xC3\xA9rieur|syst\xC3\xA8me)"},
	{100, "\\b(?:ignor|esque\xC3\xA7|desconsider)\\w*.{0,30}(?:instru"
	      "\xC3\xA7\xC3\xB5"
	      "es|regras|ordens).{0,20}(?:anterior|acima|"
	      "pr\xC3\xA9via|sistema)"},
	{100, "\\b(?:ignor|dimentic)\\w*\\b.{0,30}\\b(?:istruzioni|regole)\\b"
	      ".{0,20}(?:precedent|sopra|sistema)"},
	{100, "\\bnegeer\\b.{0,30}(?:instructies|regels|opdrachten)|"
	      "\\b(?:zignoruj|pomi\xC5\x84)\\b.{0,30}(?:instrukcj|polece)"},
	/* not "do not forget" */
	{100, "(?<!\xD0\xBD\xD0\xB5 )"
	      "(?:\xD0\xB8\xD0\xB3\xD0\xBD\xD0\xBE\xD1\x80\xD0\xB8\xD1\x80|"
	      "\xD0\xB7\xD0\xB0\xD0\xB1\xD1\x83\xD0\xB4\xD1\x8C).{0,60}(?:"
	      "\xD0\xB8\xD0\xBD\xD1\x81\xD1\x82\xD1\x80\xD1\x83\xD0\xBA\xD1"
	      "\x86|\xD1\x83\xD0\xBA\xD0\xB0\xD0\xB7\xD0\xB0\xD0\xBD|\xD0\xBF"
	      "\xD1\x80\xD0\xB0\xD0\xB2\xD0\xB8\xD0\xBB)"},
	{100, "(?:\xE5\xBF\xBD\xE7\x95\xA5|\xE6\x97\xA0\xE8\xA7\x86|\xE5\xBF"
	      "\x98\xE8\xAE\xB0|\xE5\xBF\x98\xE6\x8E\x89).{0,12}(?:\xE6\x8C"
	      "\x87\xE4\xBB\xA4|\xE6\x8C\x87\xE7\xA4\xBA|\xE6\x8F\x90\xE7\xA4"
	      "\xBA|\xE8\xA7\x84\xE5\x88\x99)"},
	{100, "(?:\xE4\xBB\xA5\xE5\x89\x8D|\xE5\x89\x8D|\xE4\xB8\x8A\xE8\xA8"
	      "\x98|\xE3\x81\x99\xE3\x81\xB9\xE3\x81\xA6).{0,10}(?:\xE6\x8C"
	      "\x87\xE7\xA4\xBA|\xE5\x91\xBD\xE4\xBB\xA4).{0,6}(?:\xE7\x84\xA1"
	      "\xE8\xA6\x96|\xE5\xBF\x98\xE3\x82\x8C)"},
	{100, "(?:\xEC\x9D\xB4\xEC\xA0\x84|\xEB\xAA\xA8\xEB\x93\xA0).{0,10}(?:"
	      "\xEC\xA7\x80\xEC\x8B\x9C|\xEB\xAA\x85\xEB\xA0\xB9).{0,8}(?:"
	      "\xEB\xAC\xB4\xEC\x8B\x9C|\xEC\x9E\x8A)"},
};
/* clang-format on */

#define NPHRASES (sizeof(phrases) / sizeof(phrases[0]))

/* Somebody asks about such phrases; then what stands in quotes is a quote. */
static const char about[] =
	"\\b(?:explain|what (?:is|are|does)|how (?:do|does|can|would|should)|"
	"why (?:do|does|is)|examples? of|detect|prevent|defend|protect|"
	"mitigat\\w+|research|article|paper|translate|meaning of|mean)\\b";

struct inject {
	const struct guard_norm *norm;
	const struct guard_regex *phrases[NPHRASES];
	const struct guard_regex *about;
};

enum err inject_new(struct arena *a, const struct guard_norm *norm, bool brief,
		    const struct inject **out, struct errbuf *e)
{
	enum err (*const compile)(
		struct arena *, const char *, const struct guard_regex **,
		struct errbuf *) = brief ? guard_regex_brief : guard_regex_new;
	struct inject *const in = ARENA_NEW(a, struct inject);

	in->norm = norm;
	for (size_t i = 0; i < NPHRASES; i++)
		ERR_TRY(compile(a, phrases[i].text, &in->phrases[i], e));
	ERR_TRY(compile(a, about, &in->about, e));
	*out = in;
	return ERR_OK;
}

/*
 * Does the phrase stand anywhere?  In pieces that overlap, for the steps that
 * one search may take have a bound.
 */
static bool has_phrase(const struct guard_regex *phrase,
		       struct guard_regex_match *m, struct str text)
{
	for (;;) {
		const struct str piece = str_utf8_prefix(text, PIECE_BYTES);
		if (guard_regex_matches(phrase, m, piece))
			return true;
		if (piece.n == text.n)
			return false;
		const size_t next =
			str_utf8_prefix(text, PIECE_BYTES - OVERLAP_BYTES).n;
		text = (struct str){text.p + next, text.n - next};
	}
}

/* Each phrase counts once. */
static int64_t score_of(const struct inject *in, struct guard_regex_match *m,
			struct str text)
{
	int64_t score = 0;

	for (size_t i = 0; i < NPHRASES; i++)
		if (has_phrase(in->phrases[i], m, text))
			score += phrases[i].weight;
	return score;
}

/* text without what stands in quotes. */
static struct str without_quotes(struct arena *a, struct str text)
{
	struct buf b;
	char quote = '\0';

	buf_init(&b, a, COPY_MAX_BYTES);
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];
		const bool opens =
			c == '"' || c == '`' ||
			(c == '\'' && (i == 0 || text.p[i - 1] == ' '));
		if (quote == '\0' && opens &&
		    memchr(text.p + i + 1, c, text.n - i - 1) != NULL)
			quote = c;
		else if (quote != '\0' && c == quote)
			quote = '\0';
		else if (quote == '\0')
			buf_add_char(&b, c);
	}
	return buf_str(&b);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* The letter that a digit or sign within a word stands for. */
static char plain_letter(struct str s, size_t i)
{
	static const char from[] = "013457@$!|";
	static const char to[] = "oieastasil";
	const char *const known = memchr(from, s.p[i], sizeof(from) - 1);
	const bool word = (i > 0 && is_letter(s.p[i - 1])) ||
			  (i + 1 < s.n && is_letter(s.p[i + 1]));

	return known != NULL && word ? to[known - from] : s.p[i];
}

/* Letters of other scripts that look like a Latin one. */
static char looks_like(uint32_t c)
{
	static const struct {
		uint32_t c;
		char like;
	} all[] = {
		{0x0430, 'a'}, {0x0435, 'e'}, {0x043E, 'o'}, {0x0440, 'p'},
		{0x0441, 'c'}, {0x0443, 'y'}, {0x0445, 'x'}, {0x0455, 's'},
		{0x0456, 'i'}, {0x0458, 'j'}, {0x04BB, 'h'}, {0x0501, 'd'},
		{0x051B, 'q'}, {0x051D, 'w'}, {0x04CF, 'l'}, {0x043C, 'm'},
		{0x0442, 't'}, {0x043A, 'k'}, {0x0432, 'b'}, {0x043D, 'h'},
		{0x03B1, 'a'}, {0x03B5, 'e'}, {0x03B9, 'i'}, {0x03BA, 'k'},
		{0x03BD, 'v'}, {0x03BF, 'o'}, {0x03C1, 'p'}, {0x03C4, 't'},
		{0x03C5, 'u'}, {0x03C7, 'x'}, {0x03B7, 'n'}, {0x0131, 'i'},
		{0x0251, 'a'}, {0x0261, 'g'}, {0x0269, 'i'}, {0x028B, 'u'},
		{0x0578, 'n'}, {0x057D, 'u'}, {0x0585, 'o'}, {0x0570, 'h'},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].c == c)
			return all[i].like;
	return '\0';
}

/* Append the character at *i, a look-alike as what it looks like. */
static void add_letter(struct buf *b, struct str s, size_t *i)
{
	const size_t n = str_utf8_len((struct str){s.p + *i, s.n - *i});
	const char like =
		n == 2 ? looks_like(guard_norm_decode(s.p + *i, n)) : '\0';

	if (like != '\0')
		buf_add_char(b, like);
	else if (n > 1)
		buf_add(b, s.p + *i, n);
	else
		buf_add_char(b, plain_letter(s, *i));
	*i += n > 0 ? n : 1;
}

/* Is a word of one letter, with a separator behind it, at i? */
static bool is_spelled(struct str s, size_t i)
{
	return i + 1 < s.n && is_letter(s.p[i]) &&
	       strchr(" .-_*", s.p[i + 1]) != NULL &&
	       (i == 0 || !is_letter(s.p[i - 1]));
}

/* "1gn0r3", "i g n o r e" and words with look-alikes, as words. */
static struct str respelled(struct arena *a, struct str text)
{
	struct buf b;
	size_t i = 0;

	buf_init(&b, a, COPY_MAX_BYTES);
	while (i < text.n) {
		size_t letters = 0;
		while (is_spelled(text, i + 2 * letters))
			letters++;
		for (size_t k = 0; letters >= SPELLED_LETTERS && k < letters;
		     k++, i += 2)
			buf_add_char(&b, text.p[i]);
		if (letters >= SPELLED_LETTERS)
			buf_add_char(&b, ' ');
		if (i < text.n)
			add_letter(&b, text, &i);
	}
	return buf_str(&b);
}

/* Text that is hidden in base64; empty when there is none. */
static struct str unhidden(struct arena *a, struct str text)
{
	unsigned char bytes[HIDDEN_MAX];
	struct buf b;
	size_t i = 0;

	buf_init(&b, a, COPY_MAX_BYTES);
	while (i < text.n) {
		size_t n = 0;
		size_t got = 0;
		const char *end = NULL;
		while (i + n < text.n && n < HIDDEN_MAX &&
		       (guard_class[(unsigned char)text.p[i + n]] &
			GUARD_IS_BASE64) != 0 &&
		       text.p[i + n] != '=')
			n++;
		if (n >= HIDDEN_MIN &&
		    sodium_base642bin(bytes, sizeof(bytes), text.p + i,
				      n - n % 4, NULL, &got, &end,
				      sodium_base64_VARIANT_ORIGINAL) == 0 &&
		    str_is_utf8((struct str){(char *)bytes, got})) {
			buf_add(&b, bytes, got);
			buf_add_char(&b, '\n');
		}
		i += n + 1;
	}
	return buf_str(&b);
}

static struct str fold(const struct inject *in, struct arena *a,
		       struct str text)
{
	struct buf b;

	buf_init(&b, a, COPY_MAX_BYTES);
	guard_norm_fold(in->norm, text, &b);
	return buf_str(&b);
}

int64_t inject_score(const struct inject *in, struct arena *a, struct str text)
{
	struct guard_regex_match *const m = guard_regex_match_new(a);
	const struct str hidden = unhidden(a, text);
	struct str plain = fold(in, a, text);

	if (guard_regex_matches(in->about, m, plain))
		plain = without_quotes(a, plain);
	int64_t score = score_of(in, m, plain);
	const struct str spelled = respelled(a, plain);
	if (score == 0 && !str_eq(spelled, plain))
		score = score_of(in, m, spelled);
	if (hidden.n > 0)
		score += score_of(in, m, fold(in, a, hidden));
	return score;
}
