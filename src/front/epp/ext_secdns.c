/* DNSSEC (RFC 5910), the DS data interface. Keys may stand beside a digest and are not kept; keys alone are refused,
 * since a registry that makes digests itself would choose the digest for its registrants. */
#include <string.h>
#include "base/text.h"
#include "front/epp/commands.h"
#include "front/epp/render.h"

static bool key_read(struct command *c, struct node *n)
{
	struct walk w = walk_in(c, n);
	int64_t v;
	struct node *key;
	if (!value_int(c, walk_need(&w, "flags"), 0, 65535, &v) ||
	    !value_int(c, walk_need(&w, "protocol"), 0, 255, &v) || !value_int(c, walk_need(&w, "alg"), 0, 255, &v) ||
	    !(key = walk_need(&w, "pubKey")) || !value_token(c, key, 1, 8192))
		return false;
	return walk_end(&w);
}

static bool digest_read(struct command *c, struct node *n, struct ds *d)
{
	char *hex = value_token(c, n, 1, 4096);
	uint8_t bytes[2048];
	long len = hex ? hex_decode(hex, strlen(hex), bytes) : -1;
	if (!hex)
		return false;
	if (len < 1)
		return command_refuse(c, R_PARAM_SYNTAX, n, "the digest is written in hexadecimal");
	if (len > (long)sizeof d->digest)
		return command_refuse(c, R_POLICY_VALUE, n, "a digest has at most %zu bytes", sizeof d->digest);
	memcpy(d->digest, bytes, (size_t)len);
	d->digest_n = (int)len;
	return true;
}

static bool ds_read(struct command *c, struct node *n, struct ds *d)
{
	struct walk w = walk_in(c, n);
	struct node *key, *digest;
	int64_t tag, alg, type;
	if (!value_int(c, walk_need(&w, "keyTag"), 0, 65535, &tag) ||
	    !value_int(c, walk_need(&w, "alg"), 0, 255, &alg) ||
	    !value_int(c, walk_need(&w, "digestType"), 0, 255, &type) || !(digest = walk_need(&w, "digest")) ||
	    !digest_read(c, digest, d))
		return false;
	d->tag = (uint16_t)tag;
	d->alg = (uint8_t)alg;
	d->digest_type = (uint8_t)type;
	if ((key = walk_opt(&w, "keyData")) && !key_read(c, key))
		return false;
	return walk_end(&w);
}

static bool list_read(struct walk *w, struct ds *list, int *n)
{
	struct command *c = w->c;
	struct node *x = w->at;
	if (node_is(x, SPACE_SECDNS, "keyData"))
		return command_refuse(c, R_POLICY_VALUE, x, "give dsData: keys alone are not taken");
	for (x = walk_need(w, "dsData"); x; x = walk_opt(w, "dsData")) {
		if (*n == DOMAIN_DS)
			return command_refuse(c, R_POLICY_VALUE, x, "at most %d DS records", DOMAIN_DS);
		if (!ds_read(c, x, &list[(*n)++]))
			return false;
	}
	return walk_end(w);
}

static bool life_read(struct walk *w, int64_t *life, bool *there)
{
	struct node *n = walk_opt(w, "maxSigLife");
	*there = n;
	return !n || value_int(w->c, n, 1, INT32_MAX, life);
}

static bool create_read(struct command *c, struct node *ext)
{
	struct walk w = walk_in(c, ext);
	struct domain *d = &c->create->d;
	bool there;
	return life_read(&w, &d->max_sig_life, &there) && list_read(&w, d->ds, &d->nds);
}

static bool rem_read(struct command *c, struct node *rem)
{
	struct walk w = walk_in(c, rem);
	struct node *all = walk_opt(&w, "all");
	struct domain_change *ch = c->change;
	if (all)
		return value_bool(c, all, all->text, &ch->ds_rem_all) && walk_end(&w);
	return list_read(&w, ch->ds_rem, &ch->nds_rem);
}

static bool update_read(struct command *c, struct node *ext)
{
	struct walk w = walk_in(c, ext);
	struct domain_change *ch = c->change;
	struct node *n;
	const char *urgent = node_attr(ext, "urgent");
	bool is_urgent = false, there;
	if (urgent && !value_bool(c, ext, urgent, &is_urgent))
		return false;
	if (is_urgent)
		return command_refuse(c, E_OPTION, ext, "urgent is not offered: every change is published at once");
	if ((n = walk_opt(&w, "rem")) && !rem_read(c, n))
		return false;
	if ((n = walk_opt(&w, "add"))) {
		struct walk in = walk_in(c, n);
		if (!life_read(&in, &ch->max_sig_life, &ch->msl_set) || !list_read(&in, ch->ds_add, &ch->nds_add))
			return false;
	}
	if ((n = walk_opt(&w, "chg"))) {
		struct walk in = walk_in(c, n);
		if (!life_read(&in, &ch->max_sig_life, &there) || !walk_end(&in))
			return false;
		ch->msl_set = ch->msl_set || there;
	}
	return walk_end(&w);
}

bool ext_secdns_read(struct command *c, struct node *ext)
{
	if (strcmp(ext->name, verb_names[c->verb]) != 0)
		return command_refuse(c, E_SYNTAX, ext, "%.60s is not expected here", ext->name);
	return c->verb == VERB_CREATE ? create_read(c, ext) : update_read(c, ext);
}

void ext_secdns_write(struct out *o, struct command *c)
{
	const struct domain *d = c->domain;
	if (c->object != SPACE_DOMAIN || c->verb != VERB_INFO || !d->nds)
		return;
	struct buf *b = out_begin(o, SPACE_SECDNS);
	if (!b)
		return;
	X(b, "<secDNS:infData xmlns:secDNS=\"urn:ietf:params:xml:ns:secDNS-1.1\">");
	if (d->max_sig_life > 0)
		x_int(b, "secDNS:maxSigLife", d->max_sig_life);
	for (int i = 0; i < d->nds; i++) {
		X(b, "<secDNS:dsData>");
		x_int(b, "secDNS:keyTag", d->ds[i].tag);
		x_int(b, "secDNS:alg", d->ds[i].alg);
		x_int(b, "secDNS:digestType", d->ds[i].digest_type);
		X(b, "<secDNS:digest>");
		x_bytes_hex(b, d->ds[i].digest, (size_t)d->ds[i].digest_n);
		X(b, "</secDNS:digest></secDNS:dsData>");
	}
	X(b, "</secDNS:infData>");
	out_end(o, SPACE_SECDNS);
}
