/* commands.h — what the table in command.c names: for each command how its body is read, what it does, what it answers.
 */
#ifndef EPP_COMMANDS_H
#define EPP_COMMANDS_H
#include "front/epp/command.h"

/* several objects: a body that is one name, one handle; <chkData> and <trnData> */
bool name_read(struct command *c, struct node *body);
bool contact_id_read(struct command *c, struct node *body);
void check_write(struct out *o, struct command *c);
void transfer_write(struct out *o, struct command *c);

/* cmd_session.c */
bool login_read(struct command *c, struct node *body), logout_read(struct command *c, struct node *body);
void login_write(struct out *o, struct command *c);

/* cmd_poll.c */
bool poll_read(struct command *c, struct node *body);
enum st poll_act(struct req *rq, struct command *c);
void poll_write(struct out *o, struct command *c);

/* cmd_domain.c, cmd_domain_change.c */
bool domain_check_read(struct command *c, struct node *body), domain_info_read(struct command *c, struct node *body),
	domain_create_read(struct command *c, struct node *body),
	domain_update_read(struct command *c, struct node *body),
	domain_renew_read(struct command *c, struct node *body),
	domain_transfer_read(struct command *c, struct node *body);
enum st domain_check_act(struct req *rq, struct command *c), domain_info_act(struct req *rq, struct command *c),
	domain_create_act(struct req *rq, struct command *c), domain_update_act(struct req *rq, struct command *c),
	domain_renew_act(struct req *rq, struct command *c), domain_transfer_act(struct req *rq, struct command *c),
	domain_delete_act(struct req *rq, struct command *c);
void domain_info_write(struct out *o, struct command *c), domain_create_write(struct out *o, struct command *c),
	domain_renew_write(struct out *o, struct command *c);

/* cmd_host.c */
bool host_check_read(struct command *c, struct node *body), host_create_read(struct command *c, struct node *body),
	host_update_read(struct command *c, struct node *body);
enum st host_check_act(struct req *rq, struct command *c), host_info_act(struct req *rq, struct command *c),
	host_create_act(struct req *rq, struct command *c), host_update_act(struct req *rq, struct command *c),
	host_delete_act(struct req *rq, struct command *c);
void host_info_write(struct out *o, struct command *c), host_create_write(struct out *o, struct command *c);

/* cmd_contact.c */
bool contact_check_read(struct command *c, struct node *body), contact_info_read(struct command *c, struct node *body),
	contact_create_read(struct command *c, struct node *body),
	contact_update_read(struct command *c, struct node *body);
enum st contact_check_act(struct req *rq, struct command *c), contact_info_act(struct req *rq, struct command *c),
	contact_create_act(struct req *rq, struct command *c), contact_update_act(struct req *rq, struct command *c),
	contact_transfer_act(struct req *rq, struct command *c), contact_delete_act(struct req *rq, struct command *c);
void contact_info_write(struct out *o, struct command *c), contact_create_write(struct out *o, struct command *c);

/* cmd_maint.c */
bool maint_read(struct command *c, struct node *body);
enum st maint_act(struct req *rq, struct command *c);
void maint_write(struct out *o, struct command *c);
void maint_poll_write(struct out *o, const struct maintenance *m, const char *step);

/* ── extensions (ext.c holds their table; each has a file) ── */
struct extension {
	enum space space;
	bool (*read)(struct command *c, struct node *ext); /* of a command; NULL: none carries it */
	void (*write)(struct out *o, struct command *c);   /* of an answer that is a success; NULL */
};
extern const struct extension extensions[];
bool extension_read(struct command *c, struct node *ext);
bool extension_settle(struct command *c); /* after all were read: what must or must not be together */
void extension_write(struct out *o, struct command *c);

bool ext_secdns_read(struct command *c, struct node *ext), ext_rgp_read(struct command *c, struct node *ext),
	ext_fee_read(struct command *c, struct node *ext), ext_token_read(struct command *c, struct node *ext),
	ext_ttl_read(struct command *c, struct node *ext), ext_bundle_read(struct command *c, struct node *ext),
	ext_loginsec_read(struct command *c, struct node *ext);
void ext_secdns_write(struct out *o, struct command *c), ext_rgp_write(struct out *o, struct command *c),
	ext_fee_write(struct out *o, struct command *c), ext_ttl_write(struct out *o, struct command *c),
	ext_bundle_write(struct out *o, struct command *c), ext_loginsec_write(struct out *o, struct command *c);
/* A fee that the client said and the registry's differ (RFC 8748 §3.4): a refusal. */
enum st fee_agree(struct req *rq, struct command *c, int64_t amount, const char *currency);
/* Fills amount and currency of c->fee from the price list when the command carries the extension. */
enum st fee_price(struct req *rq, struct command *c, const char *item, int years);

#endif
