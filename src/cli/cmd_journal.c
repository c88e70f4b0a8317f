/* journal head|key|prove|verify|renew, receipt get|verify. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk.h"
#include "base/note.h"
#include "store/receipt_check.h"
#include "store/seal.h"

static int run_head(struct cli *c)
{
	struct checkpoint cp;
	if (cli_seal(c) || journal_checkpoint(cli_fresh(c), &cp))
		return cli_fail_rq(c);
	if (!c->json)
		return fputs(cp.note, stdout), DONE;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "size", cp.size);
	j_time(&w, "signed_at", cp.signed_at);
	j_str(&w, "note", cp.note);
	j_end(&w);
	return puts(buf_cstr(&b)), DONE;
}

static int run_key(struct cli *c)
{
	BUF_SCOPE b = BUF_INIT;
	char *kept = c->signer ? NULL : journal_vkey_kept(&c->rq);
	if (kept)
		return puts(kept), DONE;
	if (!c->signer)
		return cli_fail(c, "the running `nicert serve` has not kept its key yet; try again in a second");
	if (signer_vkey(c->signer, &b, &c->err))
		return cli_fail(c, "%s", c->err.msg);
	return puts(buf_cstr(&b)), DONE;
}

static int run_prove(struct cli *c)
{
	int64_t seq;
	struct checkpoint cp;
	struct tlog_proof p = { 0 };
	BUF_SCOPE b = BUF_INIT;
	if (!text_int(c->arg[0], 0, INT64_MAX, &seq))
		return cli_usage(c, "%s is no position in the journal (0, 1, …)", c->arg[0]);
	if (cli_seal(c) || journal_checkpoint(cli_fresh(c), &cp) ||
	    journal_inclusion(&c->rq, seq, cp.size, p.path, &p.n))
		return cli_fail_rq(c);
	p.index = (uint64_t)seq;
	p.note = cp.note;
	p.note_n = strlen(cp.note);
	tlog_proof_write(&b, &p);
	return fputs(buf_cstr(&b), stdout), DONE;
}

static void verify_say(void *ctx, double done)
{
	cli_progress(ctx, "verify", done);
}

static int run_verify(struct cli *c)
{
	struct journal_report r;
	char hex[65];
	enum st st = journal_verify(&c->rq, &r, verify_say, c);
	cli_progress_end();
	if (st)
		return cli_fail(c, "journal: %s", c->rq.err.msg);
	if (c->json)
		printf("{\"entries\":%lld,\"erased\":%lld,\"tiles\":%lld,\"root\":\"%s\",\"ok\":true}\n",
		       (long long)r.entries, (long long)r.erased, (long long)r.tiles, hash_hex(&r.root, hex));
	else
		printf("%lld entries, %lld tiles: intact\n", (long long)r.entries, (long long)r.tiles);
	if (!c->json && r.erased)
		printf("%lld erased, proof intact\n", (long long)r.erased);
	return DONE;
}

static int run_renew(struct cli *c)
{
	if (!c->signer)
		return cli_fail(c, "the signer is in use; stop `nicert serve` first");
	if (seal_check(&c->rq, c->signer) == ST_OK && !opt_on(c, "--force"))
		return cli_fail(c, "the journal continues what was signed; there is nothing to renew (--force does it "
				   "all the same)");
	if (seal_renew(c->store, cli_fresh(c), c->signer))
		return cli_fail_rq(c);
	puts("A new origin has begun; its first entry cites the old head. Publish the new key:");
	return run_key(c);
}

static int run_get(struct cli *c)
{
	BUF_SCOPE b = BUF_INIT;
	if (cli_seal(c) || desk_receipt(cli_fresh(c), NULL, c->arg[0], &b))
		return cli_fail_rq(c);
	return fputs(buf_cstr(&b), stdout), DONE;
}

static int run_check(struct cli *c)
{
	struct vkey k;
	struct receipt_facts f;
	const char *key = opt(c, "--key");
	if (!key)
		return cli_usage(c, "--key VKEY is missing; `nicert journal key` prints it, and the office publishes "
				    "it at /journal/key");
	if (!vkey_parse(key, &k, &c->err))
		return cli_fail(c, "--key: %s", c->err.msg);
	BUF_SCOPE b = { .max = RECEIPT_MAX };
	if (!cli_file(c, c->arg[0], &b))
		return FAILED;
	if (receipt_check(buf_cstr(&b), b.n, &k, opt(c, "--tsa"), &f, &c->err))
		return cli_fail(c, "%s: %s", c->arg[0], c->err.msg);
	if (c->json)
		printf("{\"ok\":true,\"case\":\"%s\",\"filed_at\":\"%s\",\"digest\":\"%s\",\"index\":%llu,\"size\":%"
		       "llu,"
		       "\"witnessed_at\":%s}\n",
		       f.case_number, f.filed_at, f.digest, (unsigned long long)f.index, (unsigned long long)f.size,
		       f.stamped ? arena_printf(c->mem, "\"%s\"", time_iso(c->mem, f.seen_at)) : "null");
	else
		printf("good: case %s was filed at %s with digest %s\n      entry %llu of %llu in %s\n", f.case_number,
		       f.filed_at, f.digest, (unsigned long long)f.index, (unsigned long long)f.size, f.origin);
	if (f.stamped && !c->json)
		printf("      seen at %s by %s%s\n", time_iso(c->mem, f.seen_at), f.seen_by,
		       opt(c, "--tsa") ? "" : " (--tsa FILE checks whose certificate that is)");
	return DONE;
}

static const struct option_row check_options[] = { { "--key", "VKEY", "the journal's verifier key (C2SP)" },
						   { "--tsa", "FILE",
						     "certificates (PEM) that vouch for its time stamp" },
						   { 0 } };
static const struct option_row renew_options[] = { { "--force", NULL, "also when nothing is wrong" }, { 0 } };

const struct command journal_commands[] = {
	{ "journal", "head", NULL, "Prints the newest signed head (a C2SP checkpoint)", 0, 0, NEED_STORE | NEED_SIGNER,
	  NULL, run_head },
	{ "journal", "key", NULL, "Prints the verifier key of the journal", 0, 0, NEED_STORE | NEED_SIGNER, NULL,
	  run_key },
	{ "journal", "prove", "N", "Prints a proof (tlog-proof) that entry N is in the journal", 1, 1,
	  NEED_STORE | NEED_SIGNER, NULL, run_prove },
	{ "journal", "verify", NULL, "Computes the whole journal again and compares", 0, 0, NEED_STORE, NULL,
	  run_verify },
	{ "journal", "renew", NULL, "Begins a new origin after a restore", 0, 0, NEED_STORE | NEED_SIGNER,
	  renew_options, run_renew },
	{ "receipt", "get", "CASE", "Prints the receipt of a case's first report", 1, 1, NEED_STORE | NEED_SIGNER, NULL,
	  run_get },
	{ "receipt", "verify", "FILE", "Checks a receipt offline; needs nothing but the key", 1, 1, 0, check_options,
	  run_check },
	{ 0 },
};
