/*
 * milter-null: a milter that does nothing but add one header field: the floor
 * under any program that uses libmilter. As it is, it takes every callback and
 * answers every command; with --minimal it declines what a signer can decline.
 */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *addr)
{
	return SMFIS_CONTINUE;
}

static sfsistat
on_text(SMFICTX *ctx, char *text)
{
	return SMFIS_CONTINUE;
}

static sfsistat
on_envelope(SMFICTX *ctx, char **argv)
{
	return SMFIS_CONTINUE;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	return SMFIS_CONTINUE;
}

static sfsistat
on_nothing(SMFICTX *ctx)
{
	return SMFIS_CONTINUE;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	return SMFIS_CONTINUE;
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	static char name[] = "X-Null", value[] = "nothing was done";

	return smfi_insheader(ctx, 1, name, value) == MI_SUCCESS ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
on_unknown(SMFICTX *ctx, const char *command)
{
	return SMFIS_CONTINUE;
}

static sfsistat
decline(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long f2,
    unsigned long f3, unsigned long *want_actions, unsigned long *want_steps, unsigned long *o2,
    unsigned long *o3)
{
	const unsigned long unwanted =
	    SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NR_CONN | SMFIP_NR_HELO |
	    SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_DATA | SMFIP_NR_UNKN | SMFIP_NR_HDR |
	    SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC;

	*want_actions = SMFIF_ADDHDRS;
	*want_steps = steps & unwanted;
	*o2 = *o3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
quiet_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *addr)
{
	return SMFIS_NOREPLY;
}

static sfsistat
quiet_envelope(SMFICTX *ctx, char **argv)
{
	return SMFIS_NOREPLY;
}

static sfsistat
quiet_header(SMFICTX *ctx, char *name, char *value)
{
	return SMFIS_NOREPLY;
}

static sfsistat
quiet_nothing(SMFICTX *ctx)
{
	return SMFIS_NOREPLY;
}

static sfsistat
quiet_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	return SMFIS_NOREPLY;
}

static char program[] = "milter-null";

static const struct smfiDesc full = {
    .xxfi_name = program,
    .xxfi_version = SMFI_VERSION,
    .xxfi_flags = SMFIF_ADDHDRS,
    .xxfi_connect = on_connect,
    .xxfi_helo = on_text,
    .xxfi_envfrom = on_envelope,
    .xxfi_envrcpt = on_envelope,
    .xxfi_header = on_header,
    .xxfi_eoh = on_nothing,
    .xxfi_body = on_body,
    .xxfi_eom = on_eom,
    .xxfi_abort = on_nothing,
    .xxfi_close = on_nothing,
    .xxfi_unknown = on_unknown,
    .xxfi_data = on_nothing,
};

static const struct smfiDesc minimal = {
    .xxfi_name = program,
    .xxfi_version = SMFI_VERSION,
    .xxfi_flags = SMFIF_ADDHDRS,
    .xxfi_connect = quiet_connect,
    .xxfi_envfrom = quiet_envelope,
    .xxfi_envrcpt = quiet_envelope,
    .xxfi_header = quiet_header,
    .xxfi_eoh = quiet_nothing,
    .xxfi_body = quiet_body,
    .xxfi_eom = on_eom,
    .xxfi_negotiate = decline,
};

int
main(int argc, char **argv)
{
	int quiet = argc == 3 && strcmp(argv[1], "--minimal") == 0;

	if (argc != 2 && !quiet) {
		fputs("usage: milter-null [--minimal] SOCKET\n", stderr);
		return EXIT_FAILURE;
	}
	if (smfi_register(quiet ? minimal : full) != MI_SUCCESS ||
	    smfi_setconn(argv[argc - 1]) != MI_SUCCESS || smfi_opensocket(1) != MI_SUCCESS) {
		fprintf(stderr, "milter-null: cannot listen on %s\n", argv[argc - 1]);
		return EXIT_FAILURE;
	}
	return smfi_main() == MI_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
