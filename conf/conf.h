/*
 * The configuration: the file in the language of libconfuse, read once into
 * a plain struct that never changes. A reload makes a new one; whoever works
 * with the old one keeps it by a reference until done.
 *
 * Whatever is wrong with a file is reported as "FILE:LINE: OPTION: what was
 * expected", one line for each error, and gives no configuration at all.
 */
#ifndef GATEPOST_CONF_CONF_H
#define GATEPOST_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/cidr.h"

#define CONF_DEFAULT_PATH "/etc/gatepost/gatepost.conf"

/* A list of strings. */
struct conf_list {
	char **v;
	size_t n;
};

enum listen_family { LISTEN_UNIX, LISTEN_INET, LISTEN_INET6 };

/* One milter socket: unix:/path, inet:port@host, inet:host:port, inet6:port@[addr],
 * inet6:[addr]:port */
struct conf_listen {
	enum listen_family family;
	char *text; /* as it is written in the file */
	char *path; /* LISTEN_UNIX, else NULL */
	char *host; /* address or name; "*" is any; NULL for LISTEN_UNIX */
	unsigned port;
};

/* One login and the domains it may write as, beside its own domain part. */
struct conf_login {
	char *name;
	struct conf_list domains; /* A-labels, lower case; "*" is any domain */
};

enum log_format { LOG_TEXT, LOG_JSON };
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum conf_failure { FAILURE_TEMPFAIL, FAILURE_REJECT, FAILURE_ACCEPT };
enum login_mode { LOGIN_OFF, LOGIN_LOG, LOGIN_REFUSE };
enum conf_canon { CONF_CANON_SIMPLE, CONF_CANON_RELAXED };
enum sign_by { SIGN_BY_FROM, SIGN_BY_SENDER, SIGN_BY_DOMAIN };
enum conf_partial { PARTIAL_REFUSE, PARTIAL_PASS, PARTIAL_COUNT };
enum conf_mta { MTA_AUTO, MTA_POSTFIX, MTA_SENDMAIL };
enum conf_action { CONF_ACCEPT, CONF_MARK, CONF_HOLD, CONF_TEMPFAIL, CONF_REJECT };
/*
 * What a message can be; each has an option on_CASE. policy/verdict.h has
 * these cases, and the two that other options speak of: on_sign_failure and
 * login_domains.
 */
enum conf_case {
	CONF_ON_DMARC_REJECT,
	CONF_ON_DMARC_QUARANTINE,
	CONF_ON_OWN_DOMAIN,
	CONF_ON_OWN_DISPLAY_NAME,
	CONF_ON_SPF_FAIL,
	CONF_ON_SPF_SOFTFAIL,
	CONF_ON_SEVERAL_FROM,
	CONF_ON_MALFORMED_FROM,
	CONF_ON_AUTHOR_NXDOMAIN,
	CONF_ON_DNS_TEMPERROR,
	CONF_ON_RELAY,
	CONF_ON_OUT_SEVERAL_FROM,
	CONF_ON_OUT_MALFORMED_FROM,
	CONF_ON_BARE_CR,
	CONF_ON_BARE_LF,
	CONF_ON_NUL,
	CONF_ON_CONTROL,
	CONF_ON_RAW_8BIT,
	CONF_ON_NAMELESS_FIELD,
	CONF_ON_MISSING_FIELD,
	CONF_ON_DOUBLED_FIELD,
	CONF_ON_HEADER_LIMIT,
	CONF_CASES
};
enum conf_rule_action {
	CONF_RULE_OFF,
	CONF_RULE_MARKS,
	CONF_RULE_HOLDS,
	CONF_RULE_PUTS_OFF,
	CONF_RULE_REJECTS,
	CONF_RULE_DISCARDS
};
/*
 * What can be found in a message; each has an option on_RULE. filter/rule.h
 * has the same rules in the same order.
 */
enum conf_rule {
	CONF_RULE_EXECUTABLE,
	CONF_RULE_SCRIPT,
	CONF_RULE_SHORTCUT,
	CONF_RULE_INSTALLER,
	CONF_RULE_DISK_IMAGE,
	CONF_RULE_ONENOTE,
	CONF_RULE_HTML_APPLICATION,
	CONF_RULE_BLOCKED_NAME,
	CONF_RULE_TYPE_MISMATCH,
	CONF_RULE_DOUBLE_EXTENSION,
	CONF_RULE_BIDI_NAME,
	CONF_RULE_LOOKALIKE_NAME,
	CONF_RULE_PADDED_NAME,
	CONF_RULE_UNREADABLE_NAME,
	CONF_RULE_ENCRYPTED_ARCHIVE,
	CONF_RULE_ARCHIVE_BOMB,
	CONF_RULE_ARCHIVE_AMBIGUOUS,
	CONF_RULE_CANNOT_INSPECT,
	CONF_RULE_MACRO,
	CONF_RULE_MACRO_AUTORUN,
	CONF_RULE_MACRO_XLM,
	CONF_RULE_REMOTE_TEMPLATE,
	CONF_RULE_EXTERNAL_LINK,
	CONF_RULE_EMBEDDED_OBJECT,
	CONF_RULE_DDE,
	CONF_RULE_ACTIVEX,
	CONF_RULE_ENCRYPTED_DOCUMENT,
	CONF_RULE_FORMULA,
	CONF_RULE_RTF_OBJECT,
	CONF_RULE_PDF_JAVASCRIPT,
	CONF_RULE_PDF_LAUNCH,
	CONF_RULE_PDF_EMBEDDED_FILE,
	CONF_RULE_SVG_SCRIPT,
	CONF_RULE_HTML_SCRIPT,
	CONF_RULE_HTML_SMUGGLING,
	CONF_RULE_MIME_AMBIGUITY,
	CONF_RULE_LIMIT,
	CONF_RULE_VIRUS,
	CONF_RULE_SCAN_FAILURE,
	CONF_RULES
};
enum sign_identity { IDENTITY_NONE, IDENTITY_DOMAIN, IDENTITY_AUTHOR };

struct conf {
	/* the daemon */
	struct conf_listen *listen; /* listen */
	size_t nlisten;
	mode_t socket_mode; /* socket_mode, octal in the file */
	char *socket_group; /* socket_group; "" is the group of `user` */
	char *user;	    /* user: account of the gate */
	bool user_set;	    /* the file says `user` */
	char *signer_user;  /* signer_user; "" is "not said" */
	enum log_format log_format;
	enum log_level log_level;
	unsigned stop_timeout;	 /* seconds that messages in flight get at the end */
	unsigned milter_timeout; /* seconds without a word from the MTA */

	/* who we are and whose mail is whose */
	char *authserv_id;		/* default: the host's name */
	struct cidr *internal_networks; /* default: loopback of both families */
	size_t ninternal_networks;
	struct conf_list outbound_daemons;    /* {daemon_name}s whose mail is ours */
	struct conf_list reinjection_daemons; /* {daemon_name}s where filtered mail comes back */
	enum login_mode login_domains;
	struct conf_login *logins; /* sorted by name */
	size_t nlogins;

	/* signing */
	char *keys_dir;
	enum conf_canon header_canon, body_canon; /* canonicalization = "relaxed/relaxed" */
	struct conf_list sign_headers;		  /* lower case */
	struct conf_list oversign_headers;	  /* lower case */
	enum sign_by sign_by;			  /* signing_domain = from | sender | a domain */
	char *sign_domain;			  /* SIGN_BY_DOMAIN: A-label, else NULL */
	bool sign_subdomains;
	enum sign_identity sign_identity;
	unsigned signature_lifetime;	/* seconds until x=; 0: no x= */
	struct conf_list sign_required; /* A-labels: mail of these never leaves unsigned */
	enum conf_failure on_sign_failure;
	unsigned signer_timeout; /* seconds for one request */
	unsigned signer_threads; /* 0: one for each core */
	unsigned key_cache;	 /* decoded keys that the signer keeps */

	/* verifying */
	bool verify;		 /* mail from outside is checked */
	unsigned max_signatures; /* DKIM signatures that are evaluated */
	enum conf_partial partial_signatures;
	unsigned spf_lookups, spf_void_lookups; /* RFC 7208 §4.6.4 */
	bool received_spf;			/* write that field too */
	struct conf_list
	    remove_authserv_ids; /* results under these names are removed, beside our own */
	struct conf_list
	    trusted_authserv_ids; /* results under these names stay, even under our own */

	/* policy */
	struct conf_list local_domains;	 /* A-labels, sorted */
	enum conf_action on[CONF_CASES]; /* on_CASE */
	struct conf_list dry_run;	 /* names of cases, or "all" */
	char *policy_link;		 /* for more about a refusal; "" for none */
	struct cidr *exempt_networks;
	size_t nexempt_networks;
	struct conf_list exempt_authors;      /* A-labels */
	struct conf_list exempt_dkim_domains; /* A-labels */
	struct conf_list exempt_recipients;   /* entries of policy/recipients.h */
	struct conf_list trusted_arc_sealers; /* A-labels */

	/* attachments */
	bool filter;		/* look into them */
	unsigned scanners;	/* 0: one for each core */
	char *scanner_user;	/* "" is "not said" */
	char *clamd;		/* unix:/path or inet:port@host; "" for none */
	unsigned clamd_timeout; /* seconds for one message */
	enum conf_failure on_clamd_failure;
	struct conf_list filter_exempt_senders, filter_exempt_recipients; /* policy/recipients.h */
	struct conf_list filter_exempt_logins;
	struct conf_list filter_exempt_hashes; /* 64 hexadecimal digits, lower case */
	struct cidr *filter_exempt_networks;
	size_t nfilter_exempt_networks;
	enum conf_rule_action on_rule[CONF_RULES]; /* on_RULE */
	unsigned scan_timeout;			   /* seconds for one message */
	size_t scan_memory;			   /* bytes of one scanner */
	unsigned scan_depth, scan_objects, scan_ratio;
	size_t scan_unpacked, scan_object_size;
	unsigned scan_mime_depth, scan_mime_parts;

	/* sealing */
	char *arc_seal_domain;		   /* A-label, or "": nothing is sealed */
	char *arc_seal_domain_at;	   /* FILE:LINE where the file says it, else NULL */
	char *arc_seal_selector;	   /* "": the domain's first RSA key */
	char *arc_seal_selector_at;	   /* likewise */
	struct conf_list arc_seal_for;	   /* entries of policy/recipients.h; default "*" */
	bool arc_seal_for_set;		   /* the file says it */
	struct conf_list arc_list_daemons; /* {daemon_name}s where list managers hand mail in */
	enum conf_failure on_seal_failure;

	/* DNS */
	struct conf_list resolver;    /* address@port; empty: /etc/resolv.conf */
	char *trust_anchor;	      /* file with DNSSEC trust anchors; "": no validation */
	unsigned dns_timeout;	      /* seconds for one look-up */
	unsigned message_dns_timeout; /* seconds that the end of a message waits for DNS */
	size_t dns_cache;	      /* bytes */

	/* the mail server whose held mail `gatepost hold` manages */
	enum conf_mta mta;
	char *mta_programs; /* the folder of its programs */
	char *mta_config;   /* Postfix's configuration folder, Sendmail's .cf; "": the usual one */

	/* limits on one message */
	size_t max_header_bytes;
	unsigned max_header_fields;
};

enum conf_checks {
	CONF_SYNTAX = 0,     /* the text only */
	CONF_CHECK_FILES = 1 /* also that files and folders it names are there */
};

/*
 * Reads a configuration file. An empty file is a whole configuration.
 * libconfuse keeps its state in the process: only one thread at a time may be
 * in conf_load() or conf_load_fd().
 * Returns a configuration with one reference, which the caller gives back by
 * conf_unref(), or NULL with the errors, a line each, in err.
 */
struct conf *conf_load(const char *path, enum conf_checks, struct buf *err);
/*
 * The same from an open file of any kind, read from its beginning; name is
 * used in errors. The descriptor stays the caller's.
 */
struct conf *conf_load_fd(int fd, const char *name, enum conf_checks, struct buf *err);
/*
 * Writes every option with the value in force, as a file that conf_load()
 * reads back as the same configuration (included files and defaults are
 * written out). Returns 0, or -1 where the stream failed.
 */
int conf_print(const struct conf *, FILE *);
/* Another reference; safe from any thread. */
struct conf *conf_ref(const struct conf *);
void conf_unref(const struct conf *);
/*
 * The names of options that differ between two configurations and that a
 * running daemon cannot change (listen, socket_*, user, ...), comma
 * separated, into out. Returns how many.
 */
size_t conf_needs_restart(const struct conf *running, const struct conf *wanted, struct buf *out);
/* Whether a virus scanner can be there: "unix:/path" or "inet:port@host". */
bool conf_is_clamd(const char *);

#endif
