/* What the letter of a digest calls: the lines of its table. */
#include "out/mail/mail_int.h"

int digest_shown(const struct digest_letter *d)
{
	return d->n < DIGEST_SHOWN ? d->n : DIGEST_SHOWN;
}

int digest_more(const struct digest_letter *d)
{
	return d->n - digest_shown(d);
}

struct obs_line digest_obs(const struct sheet *p, const struct digest_row *r)
{
	return letter_obs_line(p, &r->obs);
}
