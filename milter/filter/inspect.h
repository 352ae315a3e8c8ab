/*
 * Looking into one object: a part of a message, a member of an archive, a
 * stream of a document. What is found goes into a report; what lies within is
 * inspected in turn, within the limits that the whole message shares.
 *
 * An inspector is a pair of functions over an object (archive, OLE, PDF ...);
 * inspect() asks each in turn whether the object is for it, by its content
 * first and by names and types second (an object can be for several).
 */
#ifndef GATEPOST_FILTER_INSPECT_H
#define GATEPOST_FILTER_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "rule.h"

struct scan_limits {
	unsigned depth;	   /* containers within containers */
	unsigned objects;  /* parts and members, of the whole message */
	size_t unpacked;   /* bytes unpacked, of the whole message */
	size_t object_max; /* bytes of one unpacked object */
	unsigned ratio;	   /* unpacked to packed of each container, above ratio_floor */
	size_t ratio_floor;
	unsigned milliseconds; /* of the whole message */
	unsigned findings;     /* told; more are counted */
};

#define SCAN_LIMITS_DEFAULT                                                                        \
	{                                                                                          \
		.depth = 16, .objects = 10000, .unpacked = 512u << 20, .object_max = 128u << 20,   \
		.ratio = 250, .ratio_floor = 8u << 20, .milliseconds = 20000, .findings = 200      \
	}

/* Borrowed for the call of inspect(). */
struct object {
	const struct object *parent; /* NULL for a part of the message */
	unsigned part;		     /* its line in the report, set by inspect() */
	unsigned depth;		     /* containers around it */
	const unsigned char *bytes;
	size_t len;
	const char *const *names; /* UTF-8; every name that it could be shown as; may be none */
	size_t nnames;
	const char *const *types; /* declared media types, lower case; may be none */
	size_t ntypes;
	bool plain_text; /* text of an ordinary message, shown in place */
	bool in_archive; /* its name comes from an archive */
};

struct scan_part {
	int parent;	      /* line of the container; -1 for none */
	const char *name;     /* "" for none; UTF-8 */
	const char *declared; /* media type, "" for none */
	const char *found;    /* what its content is: "application/zip"; "" if not looked at */
	size_t size;	      /* bytes, decoded */
	size_t unpacked;      /* bytes that came out of it so far, at any depth */
};

struct scan_finding {
	enum scan_rule rule;
	unsigned part;	    /* line of the part */
	const char *name;   /* of the object, with its containers: "a.zip/run.exe" */
	const char *reason; /* for people, UTF-8 */
};

/* What came out; strings live in the scan's arena. */
struct scan_report {
	struct scan_part *parts;
	size_t nparts;
	struct scan_finding *findings;
	size_t nfindings;
	size_t more; /* findings beyond the limit */
};

struct scan {
	struct arena *mem; /* borrowed: strings of the report */
	struct scan_limits limits;
	struct scan_report report;
	size_t unpacked; /* so far */
	uint64_t began;	 /* milliseconds of the monotonic clock */
	unsigned spun;	 /* documents on which passwords were tried, each of which takes long */
	bool exhausted;	 /* a limit was reached and told; containers open nothing more */
	bool no_memory;	 /* the report is not whole */
	/* Gets each object with content, before it is inspected; may be NULL. */
	void (*each)(void *ctx, const struct object *);
	void *ctx;
};

/*
 * To be called once, before the process closes its sandbox: opens what the
 * inspectors' libraries would load late. False with the reason in err.
 */
bool inspect_prepare(struct buf *err);

void scan_init(struct scan *, const struct scan_limits *, struct arena *);
void scan_free(struct scan *);

/* Enters the object into the report and looks into it. */
void inspect(struct scan *, struct object *);
/*
 * The same for something within another object, given by content and one name
 * (UTF-8, NULL for none).
 */
void inspect_within(struct scan *, const struct object *parent, const char *name,
    const unsigned char *bytes, size_t len);

/* Adds a finding about the object; each rule once for an object. The reason is for people. */
void scan_find(struct scan *, const struct object *, enum scan_rule, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Says what the content is, for the report: a media type. */
void scan_say_type(struct scan *, const struct object *, const char *type);
/*
 * To be asked before n more bytes are unpacked from the object: false, with
 * the finding made, where a limit would be passed.
 */
bool scan_may_unpack(struct scan *, const struct object *, size_t n);
/* Gives back n of the bytes asked for, which were not unpacked after all. */
void scan_unpacked_less(struct scan *, const struct object *, size_t n);
/* False, with the finding made, where the time is over. Asked by scan_may_unpack() too. */
bool scan_has_time(struct scan *, const struct object *);

#endif
