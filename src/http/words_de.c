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

	[W_DEMO] = "Demo",
	[W_DEMO_TITLE] = "Fragen, die andere gestellt haben",
	[W_DEMO_INTRO] =
		"Diese Antworten wurden am {} aufgezeichnet "
		"und stehen hier, wie "
		"sie kamen. Antworten können falsch sein: Prüfen Sie die "
		"Quellen. <a href=\"/\">Stellen Sie eine eigene Frage</a>.",

	[W_DATE] = "{}. {} {}",
	[W_JANUARY] = "Jan.",
	[W_FEBRUARY] = "Feb.",
	[W_MARCH] = "März",
	[W_APRIL] = "April",
	[W_MAY] = "Mai",
	[W_JUNE] = "Juni",
	[W_JULY] = "Juli",
	[W_AUGUST] = "Aug.",
	[W_SEPTEMBER] = "Sept.",
	[W_OCTOBER] = "Okt.",
	[W_NOVEMBER] = "Nov.",
	[W_DECEMBER] = "Dez.",

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

/* What is English in status.json, and the page around it. */
const struct words_pair words_pairs[] = {
	{"Operational", "Funktioniert"},
	{"Degraded", "Eingeschränkt"},
	{"Outage", "Ausgefallen"},
	{"Maintenance", "Wartung"},
	{"Not known", "Nicht bekannt"},
	{"degraded", "eingeschränkt"},
	{"outage", "ausgefallen"},
	{" of outage", " Ausfall"},
	{" degraded", " eingeschränkt"},
	{"no trouble", "keine Störung"},
	{"no data", "keine Daten"},
	{", the last {} days; in words below",
	 ", die letzten {} Tage; in Worten darunter"},
	{"&nbsp;% up", "&nbsp;% verfügbar"},
	{"Nothing known yet", "Noch nichts bekannt"},
	{", last {} days", ", letzte {} Tage"},
	{"{} days without trouble, {} without data",
	 "{} Tage ohne Störung, {} ohne Daten"},
	{"This service", "Dieser Dienst"},
	{"Upstream: the AI providers it asks", "Die KI-Anbieter, die er fragt"},
	{"Open incidents", "Offene Vorfälle"},
	{"Planned maintenance", "Geplante Wartung"},
	{"Web server", "Webserver"},
	{"Chat", "Chat"},
	{"Documents", "Dokumente"},
	{"Database", "Datenbank"},
	{"It answers.", "Antwortet."},
	{"It does not answer as it should.",
	 "Antwortet nicht, wie es sein soll."},
	{"Not checked from here.", "Von hier aus nicht geprüft."},
	{"Not checked.", "Nicht geprüft."},
	{"It needs the database.", "Dazu ist die Datenbank nötig."},
	{"It says that it is not ready.",
	 "Ist nach eigener Aussage nicht bereit."},
	{"No provider answers.", "Kein Anbieter antwortet."},
	{"For some features no provider answers.",
	 "Für manche Funktionen antwortet kein Anbieter."},
	{"A provider has trouble.", "Ein Anbieter hat Störungen."},
	{"Questions are answered.", "Fragen werden beantwortet."},
	{"They are in the database.", "Sie sind in der Datenbank."},
	{"No document is indexed.", "Kein Dokument ist erfasst."},
	{"{} documents are indexed.", "{} Dokumente sind erfasst."},
	{"{} of {} requests failed in the last {} minutes.",
	 "{} von {} Anfragen der letzten {} Minuten schlugen "
	 "fehl."},
	{"{} of {} requests failed in the last {} minutes, "
	 "the latest were answered.",
	 "{} von {} Anfragen der letzten {} Minuten schlugen "
	 "fehl, die letzten wurden beantwortet."},
	{"No requests lately; it answers our probe.",
	 "Zuletzt keine Anfragen; antwortet unserer Prüfung."},
	{"No requests lately; it does not answer our probe.",
	 "Zuletzt keine Anfragen; antwortet unserer Prüfung "
	 "nicht."},
	{"Not asked in the last {} minutes.",
	 "In den letzten {} Minuten nicht gefragt."},
	{"Planned maintenance is under way.",
	 "Eine geplante Wartung ist im Gange."},
	{"Everything works.", "Alles funktioniert."},
	{"It works, with some trouble.", "Der Dienst arbeitet, mit Störungen."},
	{"A part of the service is down.",
	 "Ein Teil des Dienstes ist ausgefallen."},
	{"The service is down.", "Der Dienst ist ausgefallen."},
	{"Investigating", "Wird untersucht"},
	{"Identified", "Ursache gefunden"},
	{"Monitoring", "Wird beobachtet"},
	{"Resolved", "Behoben"},
	{"Planned", "Geplant"},
	{"Completed", "Abgeschlossen"},
	{"Update", "Neues"},
	{"minor", "gering"},
	{"major", "groß"},
	{"critical", "sehr groß"},
	{"Maintenance from ", "Wartung von "},
	{"Since ", "Seit "},
	{" to ", " bis "},
	{", under way", ", im Gange"},
	{". Impact: ", ". Auswirkung: "},
	{". Concerns: ", ". Betrifft: "},
	{"Last updated ", "Zuletzt aktualisiert "},
	{"This page is written anew every minute. If that was "
	 "more than five minutes ago, what it says may no "
	 "longer be true.",
	 "Diese Seite wird jede Minute neu geschrieben. Ist "
	 "das mehr als fünf Minuten her, stimmt vielleicht "
	 "nicht mehr, was hier steht."},
	{"Time to the first words, last 24 hours",
	 "Zeit bis zu den ersten Worten, letzte 24 Stunden"},
	{"Half within {} ms, 95 of 100 within {} ms.",
	 "Die Hälfte innerhalb von {} ms, 95 von 100 "
	 "innerhalb von {} ms."},
	{"History of 90 days", "Verlauf von 90 Tagen"},
	{"Badge", "Plakette"},
	{"Status history", "Verlauf des Status"},
	{"The last {} days. ", "Die letzten {} Tage. "},
	{"How it is now", "Wie es jetzt ist"},
	{"Incidents and maintenance", "Vorfälle und Wartungen"},
	{"None.", "Keine."},
	{"Trouble that was measured", "Störungen, die gemessen wurden"},
	{", for ", ", Dauer: "},
	{"less than a minute ago", "vor weniger als einer Minute"},
	{"Last updated {ago}, at {at}.",
	 "Zuletzt aktualisiert {ago}, am {at}."},
	{"Out of date: last checked {ago}. What stands below "
	 "may no longer be true.",
	 "Veraltet: zuletzt geprüft {ago}. Was darunter "
	 "steht, stimmt vielleicht nicht mehr."},
	{" ({at} your time)", " ({at} bei Ihnen)"},
};
const size_t words_npairs = sizeof(words_pairs) / sizeof(words_pairs[0]);
