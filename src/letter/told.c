/* told.c — what came of writing to those who are nearer to what a letter is about, a sentence each. */
#include "letter/letter_int.h"
#include <string.h>

int letter_told(const struct letter *l)
{
	return l->ntold;
}

/* With what it is about, where that is a part of what the letter is about. */
static const char *about(const struct sheet *p, const struct case_notice *t, const char *said)
{
	struct case_obs o = { .value = t->first_obs };
	if (!t->first_obs || !*t->first_obs)
		return said;
	const char *thing = letter_obs_line(p, &o).shown;
	return t->nobs > 1 ? arena_printf(p->mem, tr(p->lang, N_("About %s and %d more: %s")), thing, t->nobs - 1, said)
			   : arena_printf(p->mem, tr(p->lang, N_("About %s: %s")), thing, said);
}

/* msgids: whom, when; with a third, until when more time was asked for. */
static const char *sentence_of(const struct case_notice *t)
{
	static const char *const answers[ANSWER_KINDS] = {
		[ANSWER_FIXED] = N_("We wrote to %s on %s; the answer was that it is fixed."),
		[ANSWER_FALSE_ALARM] = N_("We wrote to %s on %s; the answer was that it is a false alarm."),
		[ANSWER_NOT_OURS] = N_("We wrote to %s on %s; the answer was that it is not theirs."),
	};
	bool wait = t->until != 0;
	if (t->state == NOTICE_ANSWERED && (unsigned)t->answer < ANSWER_KINDS && answers[t->answer])
		return answers[t->answer];
	if (t->state == NOTICE_SILENT)
		return wait ? N_("We wrote to %s on %s; the answer was that they need until %s, and nothing came "
				 "after that.")
			    : N_("We wrote to %s on %s, and have no answer.");
	if (t->state == NOTICE_SENT)
		return wait ? N_("We wrote to %s on %s; the answer was that they need until %s.")
			    : N_("We wrote to %s on %s, and have no answer.");
	return N_("We wrote to %s on %s.");
}

/* By role only: who the other party is may be personal data. */
const char *letter_told_at(const struct sheet *p, const struct letter *l, int i)
{
	static const char *const nouns[] = { [LINK_HOLDER] = N_("the holder"),
					     [LINK_SPONSOR] = N_("the sponsor"),
					     [LINK_UPSTREAM] = N_("the upstream network"),
					     [LINK_AUTHORITY] = N_("the national authority") };
	const struct case_notice *t = &l->told[i];
	const char *whom = tr(p->lang, nouns[t->role & 3]);
	const char *said =
		!t->sent_at
			? arena_printf(p->mem, tr(p->lang, N_("We know no address at which %s can be reached.")), whom)
			: arena_printf(p->mem, tr(p->lang, sentence_of(t)), whom, letter_time(p, t->sent_at),
				       letter_time(p, t->until));
	return about(p, t, said);
}

const char *letter_before(const struct sheet *p, const struct letter *l)
{
	int n = letter_told(l);
	return n ? letter_told_at(p, l, n - 1) : NULL;
}
