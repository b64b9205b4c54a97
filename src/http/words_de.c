/* German, as on the pages in www/lang/de.json: formal, and without blame. */
#include "http/words.h"

const char *const words_de[WORDS_MAX] = {
	[W_SITE] = "Seiten",
	[W_ACCOUNT] = "Konto",
	[W_STATUS] = "Status",
	[W_ABOUT] = "Über",
	[W_OTHER_LANGUAGE] = "English",

	[W_FAILED] = "Das hat nicht geklappt",
	[W_GO_BACK] = "Gehen Sie zurück, um es noch einmal zu versuchen.",
	[W_SIGN_IN] = "Anmelden",
	[W_SIGN_UP] = "Anmelden oder Konto anlegen",
	[W_INCIDENT_NUMBER] = "Vorfallsnummer:",
	[W_SERVICE_STATUS] = "Status des Dienstes",

	[W_ASK] = "Fragen",
	[W_WELCOME] = "Was möchten Sie wissen?",
	[W_ANSWER] = "Antwort",
	[W_QUESTION] = "Ihre Frage",
	[W_ANSWER_WITH] = "Antworten mit",
	[W_KEY] = "API-Schlüssel, wenn Sie nicht angemeldet sind",
	[W_NEW_CHAT] = "Neuer Chat",
	[W_SEND] = "Senden",
	[W_SOURCES] = "Quellen",
	[W_CAN_BE_WRONG] =
		"Antworten können falsch sein: Prüfen Sie die Quellen.",
	[W_ANSWERED_BEFORE] = "Fragen, die schon beantwortet wurden",
	[W_EMPTY] = "Die Frage ist leer.",
	[W_TOO_LONG] = "Die Frage ist zu lang.",
	[W_KEPT_BELOW] = "Ihre Frage steht unten.",

	[W_ABOUT_NAME] = "Über {}",
	[W_ABOUT_INTRO] =
		"{} beantwortet Fragen mit KI: im Gespräch, oder aus "
		"Dokumenten, dann mit den Stellen, auf denen die Antwort "
		"beruht. Antworten können falsch sein: Prüfen Sie, was wichtig "
		"ist.",
	[W_ABOUT_ANSWERS] = "Was antwortet",
	[W_ABOUT_THEN] = ", dann ",
	[W_ABOUT_QUOTES] =
		"Zitate aus den Dokumenten, von keinem Modell geschrieben",
	[W_ABOUT_SEARCHES] = "; sucht zuerst in den Dokumenten",
	[W_ABOUT_GETS] = "Wer bekommt, was Sie schreiben",
	[W_ABOUT_FOR] = ", für ",
	[W_ABOUT_MESSAGES] = ": Ihre Nachrichten",
	[W_ABOUT_PASSAGES] = ": Ihre Nachrichten, und die Stellen der "
			     "Dokumente, die dazu gefunden wurden",
	[W_ABOUT_TOOLS] = "Die Werkzeuge von <strong>{}</strong> ({}): was "
			  "sein Modell von ihnen verlangt",
	[W_ABOUT_JUDGE] =
		", um zu beurteilen, was gefragt wird, bevor es beantwortet "
		"wird, für ",
	[W_ABOUT_SHADOW] =
		", für {} % dessen, was {} gefragt wird: eine Kopie davon, um "
		"Modelle zu vergleichen; ihre Antwort sieht niemand",
	[W_ABOUT_ORDER] =
		"Ein Anbieter an zweiter Stelle wird nur gefragt, wenn der vor "
		"ihm versagt. Sonst bekommt niemand Ihren Text.",
	[W_ABOUT_NOBODY] = "Niemand: Jede Antwort entsteht auf diesem Server.",
	[W_ABOUT_STORED] = "Was gespeichert wird",
	[W_ABOUT_LEDGER] =
		"Ihre Nachrichten und die Antworten nur, wo es unten steht. "
		"Zu jeder Anfrage hält der Dienst fest, wer wann fragte, "
		"welche Funktion und welches Modell, wie viele Token, was es "
		"kostete, wie lange es dauerte und wie es endete: für die "
		"Grenzen und die Rechnung. Einen Schlüssel, den Sie eintippen, "
		"behält die Chatseite in ihrem Tab, bis Sie ihn schließen. Die "
		"Anmeldung setzt ein Cookie, das sagt, wer Sie sind, und sonst "
		"nichts; Ihre Kontoseite zeigt, was über Sie aufbewahrt ist, "
		"und löscht es.",
	[W_ABOUT_KEPT] =
		"Was Sie <strong>{}</strong> fragen und was geantwortet wird, "
		"wird {} lang aufbewahrt{}; mit Ihrem Konto wird auch das "
		"gelöscht.",
	[W_ABOUT_HASH] = ", als Hashes, die gleiche Texte erkennen lassen und "
			 "sonst nichts",
	[W_ABOUT_REDACTED] = ", ohne das, was nach privaten Daten aussieht",
	[W_ABOUT_FULL] = ", so wie es ist",
	[W_ABOUT_RUNS] =
		"Was Sie <strong>{}</strong> fragen, wird mit jedem Schritt "
		"und der Antwort {} lang aufbewahrt, damit es nach einem "
		"Fehler weitergehen kann; mit Ihrem Konto wird auch das "
		"gelöscht.",
	[W_ABOUT_RESUME] =
		"Eine Antwort auf der Chatseite wird {} lang aufbewahrt, damit "
		"von ihr nichts verloren geht, wenn die Verbindung abbricht. ",
	[W_ABOUT_IDEMPOTENCY] =
		"Die Antwort an ein Programm, das einen Idempotency-Key "
		"sendet, wird einen Tag lang versiegelt für denselben "
		"Schlüssel aufbewahrt.",
	[W_ABOUT_RATED] =
		"Wenn Sie eine Antwort bewerten, werden Daumen und Kommentar "
		"aufbewahrt; Frage und Antwort nur, wenn Sie zustimmen.",
	[W_ABOUT_CONTACT] = "Kontakt",
	[W_ABOUT_RUN_BY] = "Diesen Dienst betreibt {}. ",
	[W_ABOUT_WRITE] =
		"Schreiben Sie an {}. Wenn eine Anfrage fehlschlug, geben Sie "
		"ihre Vorfallsnummer (<code>req_…</code>) an: Sie sagt alles, "
		"was nötig ist.",
	[W_ABOUT_NO_ADDRESS] =
		"Der Betreiber hat noch keine Adresse angegeben.",

	[W_SECOND] = "Sekunde",
	[W_SECONDS] = "Sekunden",
	[W_MINUTE] = "Minute",
	[W_MINUTES] = "Minuten",
	[W_HOUR] = "Stunde",
	[W_HOURS] = "Stunden",
	[W_DAY] = "Tag",
	[W_DAYS] = "Tage",
};

/* What people can meet; of the rest the English sentence is shown. */
const char *const words_errors_de[ERR_MAX] = {
	[ERR_INVALID_JSON] = "Die Anfrage ist kein gültiges JSON in UTF-8.",
	[ERR_INVALID_REQUEST] = "Die Anfrage hat nicht die erwartete Form.",
	[ERR_TOO_LARGE] = "Die Anfrage ist größer, als dieser Server annimmt.",
	[ERR_TIMEOUT] = "Die Anfrage kam nicht rechtzeitig an.",
	[ERR_UNAUTHORIZED] = "Dazu ist ein gültiger API-Schlüssel oder eine "
			     "Anmeldung nötig.",
	[ERR_LOGIN_FAILED] = "Der Name oder das Passwort stimmt nicht.",
	[ERR_OIDC] = "Die Anmeldung beim anderen Dienst gelang nicht. Bitte "
		     "versuchen Sie es noch einmal.",
	[ERR_OIDC_DOWN] = "Der Dienst für die Anmeldung antwortet nicht. Bitte "
			  "versuchen Sie es gleich noch einmal.",
	[ERR_SIGN_UP] = "Die freien Nachrichten sind aufgebraucht. Legen Sie "
			"ein Konto an, um fortzufahren.",
	[ERR_CSRF] = "Diese Anfrage kam nicht von einer Seite dieses Dienstes. "
		     "Laden Sie die Seite neu und versuchen Sie es noch "
		     "einmal.",
	[ERR_FORBIDDEN] = "Das darf dieser Schlüssel nicht.",
	[ERR_NOT_FOUND] = "Unter dieser Adresse gibt es nichts.",
	[ERR_EXPIRED] = "Der Rest dieser Antwort ist nicht mehr aufbewahrt.",
	[ERR_METHOD] = "Diese Adresse kennt diese Methode nicht.",
	[ERR_UNKNOWN_FEATURE] = "Eine Funktion dieses Namens gibt es nicht.",
	[ERR_UNKNOWN_MODEL] = "Ein Modell dieses Namens gibt es nicht.",
	[ERR_BLOCKED] = "Diese Nachricht kann hier nicht beantwortet werden.",
	[ERR_CONFLICT] = "Dieselbe Anfrage wird gerade beantwortet.",
	[ERR_RATE_LIMITED] = "Zu viele Anfragen. Bitte warten Sie einen "
			     "Moment.",
	[ERR_KEY_CAP] = "Das Budget dieses API-Schlüssels für heute ist "
			"aufgebraucht.",
	[ERR_USER_CAP] = "Ihr Budget für heute ist aufgebraucht.",
	[ERR_TENANT_CAP] = "Das Budget Ihrer Organisation für heute ist "
			   "aufgebraucht.",
	[ERR_SYSTEM_CAP] = "Dieser Dienst steht still: Sein Budget für heute "
			   "ist aufgebraucht.",
	[ERR_PAUSED] = "Der Betreiber hat diesen Dienst angehalten.",
	[ERR_BUSY] = "Gerade werden zu viele Antworten geschrieben. Bitte "
		     "versuchen Sie es gleich noch einmal.",
	[ERR_DRAINING] = "Dieser Dienst startet neu. Bitte versuchen Sie es "
			 "noch einmal.",
	[ERR_DB] = "Der Dienst erreicht seine Datenbank nicht. Bitte versuchen "
		   "Sie es gleich noch einmal.",
	[ERR_CONFIG] = "Dieser Dienst ist nicht vollständig eingerichtet. Sein "
		       "Betreiber findet den Grund im Protokoll.",
	[ERR_UNPRICED] = "Für dieses Modell ist kein Preis bekannt, deshalb "
			 "wird es nicht verwendet.",
	[ERR_IO] = "Hier ging etwas schief.",
	[ERR_INTERNAL] = "Hier ging etwas schief.",
	[ERR_UPSTREAM] = "Der KI-Anbieter hat nicht geantwortet. Bitte "
			 "versuchen Sie es noch einmal.",
	[ERR_UPSTREAM_TIMEOUT] = "Der KI-Anbieter hat nicht rechtzeitig "
				 "geantwortet. Bitte versuchen Sie es noch "
				 "einmal.",
	[ERR_UPSTREAM_RATE] = "Der KI-Anbieter ist überlastet. Bitte versuchen "
			      "Sie es gleich noch einmal.",
	[ERR_UPSTREAM_QUOTA] = "Das Kontingent beim KI-Anbieter ist "
			       "aufgebraucht. Der Betreiber weiß davon.",
	[ERR_UPSTREAM_AUTH] = "Der KI-Anbieter nimmt den Schlüssel dieses "
			      "Dienstes nicht an. Sein Betreiber findet den "
			      "Grund im Protokoll.",
	[ERR_UPSTREAM_REJECTED] = "Der KI-Anbieter nimmt diese Anfrage nicht "
				  "an.",
	[ERR_UPSTREAM_CUT] = "Die Antwort brach ab. Was angekommen ist, ist "
			     "alles, was es gibt.",
	[ERR_NOT_ASKED] = "Der KI-Anbieter wird gerade nicht gefragt, weil er "
			  "zu oft versagt hat oder seine Grenze erreicht ist. "
			  "Bitte versuchen Sie es gleich noch einmal.",
};
