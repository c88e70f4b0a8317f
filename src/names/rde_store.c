/* Which deposits were made. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/rde_int.h"

#define COUNTS "registrars, idn_tables, contacts, hosts, domains, nndns"

const struct migration rde_migrations[] = {
	{ 231, "registry_deposit",
	  "CREATE TABLE registry_deposit(id SERIAL_ID, zone TEXT NOT NULL, type TEXT NOT NULL, deposit TEXT NOT NULL,"
	  " resend BIGINT NOT NULL, made_at BIGINT NOT NULL, made_by TEXT NOT NULL, watermark BIGINT NOT NULL,"
	  " file TEXT NOT NULL, bytes BIGINT NOT NULL, sha256 TEXT NOT NULL, signer TEXT NOT NULL, recipients TEXT NOT "
	  "NULL, registrars BIGINT NOT NULL, idn_tables BIGINT NOT NULL, contacts BIGINT NOT NULL, hosts BIGINT NOT "
	  "NULL,"
	  " domains BIGINT NOT NULL, nndns BIGINT NOT NULL, UNIQUE(zone, type, deposit, resend))" },
	{ 0 },
};

enum st rde_next(struct req *rq, struct rde_deposit *d)
{
	int64_t n = 0;
	char *day = time_iso(rq->mem, d->watermark);
	snprintf(d->id, sizeof d->id, "%.4s%.2s%.2s001", day, day + 5, day + 8);
	if (sql_number(
		    rq, &n,
		    "SELECT coalesce(max(resend) + 1, 0) FROM registry_deposit WHERE zone = $1 AND type = 'FULL' AND "
		    "deposit = $2",
		    V(d->zone), V(d->id)))
		return rq->err.code;
	d->resend = (int)n;
	return ST_OK;
}

enum st rde_keep(struct req *rq, const struct rde_deposit *d, const struct rde_row *row)
{
	const int64_t *n = d->counts.n;
	if (sql_run(rq,
		    "INSERT INTO registry_deposit(zone, type, deposit, resend, made_at, made_by, watermark, file, "
		    "bytes,"
		    " sha256, signer, recipients, " COUNTS
		    ") VALUES($1, 'FULL', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
		    " $12, $13, $14, $15, $16, $17)",
		    V(d->zone), V(d->id), V(d->resend), V(clock_now()), V(rq->who->id), V(d->watermark), V(row->file),
		    V(row->bytes), V(row->sha256), V(row->signer), V(row->recipients), V(n[RDE_REGISTRAR]),
		    V(n[RDE_IDN]), V(n[RDE_CONTACT]), V(n[RDE_HOST]), V(n[RDE_DOMAIN]), V(n[RDE_NNDN])))
		return rq->err.code;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "deposit", d->id);
	j_int(&w, "resend", d->resend);
	j_time(&w, "watermark", d->watermark);
	j_int(&w, "domains", n[RDE_DOMAIN]);
	j_str(&w, "file", row->file);
	j_str(&w, "sha256", row->sha256);
	j_end(&w);
	return journal_append(rq, &(struct fact){ "names", d->zone, "deposit-made", buf_cstr(&b), 0 });
}

static struct rde_row row_of(struct rows *r)
{
	static const enum rde_kind kind[] = { RDE_REGISTRAR, RDE_IDN, RDE_CONTACT, RDE_HOST, RDE_DOMAIN, RDE_NNDN };
	struct rde_row out = { .id = rows_int(r, 0),
			       .zone = rows_dup(r, 1),
			       .type = rows_dup(r, 2),
			       .deposit = rows_dup(r, 3),
			       .resend = (int)rows_int(r, 4),
			       .made_at = rows_int(r, 5),
			       .watermark = rows_int(r, 6),
			       .file = rows_dup(r, 7),
			       .bytes = rows_int(r, 8),
			       .sha256 = rows_dup(r, 9),
			       .signer = rows_dup(r, 10),
			       .recipients = rows_dup(r, 11) };
	for (int i = 0; i < 6; i++)
		out.counts.n[kind[i]] = rows_int(r, 12 + i);
	return out;
}

enum st rde_list(struct req *rq, const char *zone, struct rde_row *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT id, zone, type, deposit, resend, made_at, watermark, file, bytes, sha256, signer, "
		      "recipients, " COUNTS
		      " FROM registry_deposit WHERE $1 = '' OR zone = $1 ORDER BY id DESC LIMIT $2",
		      V(zone ? zone : ""), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = row_of(&r);
	return rows_end(&r);
}
