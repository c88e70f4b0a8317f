/* Packets to and from the pgp role: whatever comes, nothing larger than its length is put together, a whole message is
 * whole, and what is written is read as the same. First byte: how long the packets are. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "pgp/pgp_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void foreign(const uint8_t *data, size_t n, size_t step)
{
	struct pgp_join j = { 0 };
	for (size_t at = 0; at < n; at += step) {
		size_t k = n - at < step ? n - at : step;
		uint8_t *packet = malloc(k); /* its end is where the sanitizer looks */
		memcpy(packet, data + at, k);
		bool whole = pgp_join_add(&j, packet, k);
		must(j.whole.n <= j.total && j.total <= PGP_WHOLE_MAX);
		must(!whole || (j.whole.n == j.total && !j.open));
		free(packet);
	}
	pgp_join_free(&j);
}

static void own(const uint8_t *data, size_t n)
{
	struct pgp_join j = { 0 };
	uint8_t packet[PGP_PACKET];
	size_t at = 0;
	bool whole;
	do {
		size_t k = pgp_cut(packet, 7, PGP_OPEN, data, n, &at);
		whole = pgp_join_add(&j, packet, k);
		must(whole == (at == n));
	} while (at < n);
	must(j.id == 7 && j.op == PGP_OPEN && j.whole.n == n && (!n || !memcmp(j.whole.p, data, n)));
	pgp_join_free(&j);
}

static void bodies(const uint8_t *data, size_t n)
{
	struct rd r = rd_of(data, n), v = rd_of(data, n);
	struct view a = pgp_take(&r), b = pgp_take(&r), c = pgp_rest(&r);
	struct pgp_verdict verdict, again;
	must(a.n + b.n + c.n <= n);
	if (!pgp_verdict_read(&v, &verdict))
		return;
	BUF_SCOPE out = BUF_INIT;
	pgp_verdict_write(&out, &verdict);
	v = rd_of(out.p, out.n);
	must(pgp_verdict_read(&v, &again) && rd_at_end(&v) && !strcmp(again.fingerprint, verdict.fingerprint) &&
	     again.opened == verdict.opened && again.is == verdict.is && again.encrypted == verdict.encrypted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 2)
		return 0;
	foreign(data + 1, n - 1, (size_t)data[0] + 1);
	own(data, n);
	bodies(data, n);
	return 0;
}
