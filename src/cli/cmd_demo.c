/* `nicert demo DIR`: a data folder with a small country's sample data and a few reports, to look around in. Every
 * organisation, name and number in it is invented; addresses and AS numbers are those reserved for documentation (RFC
 * 5737, 3849, 5398). */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/embed.h"
#include "cli/commands.h"
#include "desk/desk.h"

static const char *const settings[] = {
	"site.name=Example Internet Centre", "site.name_zh=範例網路資訊中心",
	"site.contact=cert@demo.example",    "site.zone=480",
	"mail.from=cert@demo.example",
};

extern const struct embedded demo_files[]; /* src/cli/demo, generated */

static int import_sample(struct cli *c, const char *kind, const char *file)
{
	const struct embedded *text = embedded_find(demo_files, file);
	char *path = arena_printf(c->mem, "%s/tmp/%s", c->cfg.dir, file);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = text && fd >= 0 && write(fd, text->data, text->n) == (ssize_t)text->n;
	if (fd >= 0)
		close(fd);
	int st = ok ? import_file(c, kind, path, NULL, false, true) : cli_fail(c, "%s can't be written", path);
	unlink(path);
	return st;
}

struct sample {
	const char *words, *obs[3], *email, *lang, *class_id;
};
static const struct sample samples[] = {
	{ "A text message said my parcel is held and asked for a fee of 58. The page asks for the card number.",
	  { "hxxps://parcel-fee[.]maple-demo[.]com[.]tw/pay" },
	  "chen@citizen.example",
	  "en",
	  "phishing" },
	{ "收到簡訊說包裹被扣留，要付 58 元，網頁要我輸入信用卡卡號。",
	  { "https://parcel-fee.maple-demo.com.tw/pay" },
	  NULL,
	  "zh-TW",
	  "phishing" },
	{ "Our mail server sees thousands of login attempts from this address since this morning.",
	  { "192.0.2.55" },
	  "noc@kestrel.example",
	  "en",
	  "brute-force" },
	{ "這個網域名稱假冒我們的商店。",
	  { "https://海風示範.台灣/" },
	  "shop@harbour.example",
	  "zh-TW",
	  "registered-abuse" },
	{ "Malware download seen in our proxy log.",
	  { "http://203.0.113.77:8080/update.exe", "2001:db8:55::10" },
	  NULL,
	  "en",
	  "malware" },
};

static int file_sample(struct cli *c, const struct sample *s)
{
	struct report *r = arena_new_of(c->mem, struct report);
	struct desk_file_arg arg = { .report = r };
	*r = (struct report){ .description = arena_strdup(c->mem, s->words),
			      .email = arena_strdup(c->mem, s->email),
			      .lang = lang_of(s->lang),
			      .class_id = arena_strdup(c->mem, s->class_id),
			      .source = SOURCE_WEB };
	for (int i = 0; i < 3 && s->obs[i]; i++)
		if (obs_parse(c->mem, s->obs[i], &r->obs[r->nobs++], &c->err))
			return cli_fail(c, "%s", c->err.msg);
	cli_fresh(c)->who = &actor_anonymous;
	if (desk_report_prepare(&c->rq, r) || store_write(c->store, &c->rq, desk_report_write, &arg))
		return cli_fail_rq(c);
	c->rq.who = &actor_cli;
	return DONE;
}

/* `sign_in` with what is to be known of it behind. */
static void where_to_look(struct cli *c, const char *sign_in, const char *of_it)
{
	char *url = public_url(c->mem, &c->cfg);
	bool folder = strncmp(c->cfg.mail_url, "file:", 5) == 0;
	const char *mail = folder ? c->cfg.mail_url + 5 : c->cfg.mail_url;
	if (c->json) {
		BUF_SCOPE b = BUF_INIT;
		struct jw w = jw_of(&b);
		j_obj(&w, NULL);
		j_str(&w, "portal", arena_printf(c->mem, "%s/", url));
		j_str(&w, "sign_in", sign_in);
		j_str(&w, folder ? "outbox" : "relay", mail);
		j_str(&w, "report_url", arena_printf(c->mem, "%s/api/v1/reports", url));
		j_end(&w);
		puts(buf_cstr(&b));
		return;
	}
	printf("  Portal         %s/\n"
	       "  Staff sign-in  %s   (%s)\n"
	       "  Notices        %s   (mail %s)\n"
	       "  File a report  curl -s %s/api/v1/reports -H 'Content-Type: application/json' \\\n"
	       "                   -d '{\"description\":\"false bank "
	       "page\",\"observables\":[\"hxxp://shop[.]maple-demo[.]com[.]tw/login\"],\"class\":\"phishing\"}'\n\n",
	       url, sign_in, of_it, mail, folder ? "appears here as .eml files" : "goes to this relay", url);
}

static int run_where(struct cli *c)
{
	where_to_look(c, arena_printf(c->mem, "%s/staff/sign-in", public_url(c->mem, &c->cfg)),
		      "`nicert user invite LOGIN` makes a new one-time link");
	return DONE;
}

static int run_demo(struct cli *c)
{
	static const struct {
		const char *kind, *file;
	} files[] = {
		{ "holdings", "holdings" },
		{ "origins", "origins" },
		{ "names", "names" },
		{ "contacts", "contacts" },
	};
	const char *lines[128];
	int n = 0, st = DONE;
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		lines[n++] = settings[i];
	for (int i = 0; i < c->nsets; i++)
		lines[n++] = c->sets[i];
	char *invite;
	if (init_make(c, c->arg[0], "TW", lines, n, &invite))
		return cli_fail(c, "%s", c->err.msg);
	for (size_t i = 0; !st && i < sizeof files / sizeof *files; i++)
		st = import_sample(c, files[i].kind, files[i].file);
	for (size_t i = 0; !st && i < sizeof samples / sizeof *samples; i++)
		st = file_sample(c, &samples[i]);
	if (st)
		return st;
	if (!c->json)
		printf("%s holds a small invented country.\n\n", c->arg[0]);
	where_to_look(c, invite, "first administrator, opens once");
	return DONE;
}

const struct command demo_commands[] = {
	{ "demo", NULL, "DIR", "Makes a data folder with a small country's sample data", 1, 1, 0, NULL, run_demo },
	{ "where", NULL, NULL, "Says where to look: the portal, staff sign-in, where mail goes, how to file a report",
	  0, 0, NEED_DIR, NULL, run_where },
	{ 0 },
};
