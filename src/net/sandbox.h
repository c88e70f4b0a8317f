/* sandbox.h — what a role gives up once it has opened what it needs: system calls (seccomp allow-lists), the file
 * system (landlock, where the kernel has it), new privileges, core dumps and being traced. There is no way back.
 *
 * Fails closed: ST_INTERNAL means the role must not go on. A kernel without landlock is no failure but is logged, and
 * then holds less, see below. Both are called while the process has one thread (landlock binds the calling thread and
 * those it starts later); with more they refuse.
 *
 * SIGNER. It reads, writes, polls and syncs, and may open files; anything else kills it. Landlock leaves it its keys
 * folder, to write its state there: it has read what it needs, and from then on reads no file, not even there (a rule
 * counts for all that is below, and keys/pgp is).
 *
 * CORE. Landlock's rules only allow, by path downwards: whoever may write in DIR may write in DIR/keys. So core gets NO
 * right on DIR itself, but one on each thing that is in it when this is called, keys/ excepted:
 *   - folders (files, outbox, …): everything below them, but no devices, sockets or running of programs;
 *   - databases (*.db, and what begins as SQLite does), *-wal, *-shm, *-lead, and `clock`: read and write; other files
 *     (nicert.conf, certificates): read.
 * In DIR nothing can be made, renamed or removed from then on, and keys/ can be neither read nor written nor listed.
 * What the store would make beside a database in WAL mode (-wal, -shm, -lead) is made here, empty, and stays. It
 * follows:
 *   - make DIR's folders and the database (in WAL mode) before; use temp_store=memory; read EPP's TLS key before if it
 * is in keys/;
 *   - open the store after (databases are looked into here, and closing a file takes SQLite's locks on it away);
 *   - no descriptor of anything in keys/ may be open in core: landlock does not take back what is open;
 *   - a database, outbox or file store outside DIR must exist and be named to sandbox_core_also, the database first and
 *     then its -wal, -shm and -lead.
 *
 * WHAT DOES NOT HOLD. Without landlock (kernel before 5.13, or not enabled) core and signer, being of the same user,
 * are held apart by nothing but the signer's not being traceable: core could open keys/journal.key. There, run the
 * signer as another user. Between the start and this call core can read the keys; it must not talk to the network
 * before.
 */
#ifndef NET_SANDBOX_H
#define NET_SANDBOX_H
#include "base/err.h"

enum st sandbox_signer(const char *keys_dir, struct err *e);
enum st sandbox_core(const char *dir, struct err *e);
/* The same, with further files or folders (NULL-terminated) that core may read and write. ST_INVALID for one that would
 * contain DIR/keys, is in it, or does not exist. */
enum st sandbox_core_also(const char *dir, const char *const *also, struct err *e);

/* PGP. The role that runs gpg and gpg-agent (GPGME executes them), so it must start programs, and they make files,
 * locks and a socket in `home`. It may read and execute what the system has installed, read and write below `home`, and
 * nothing else of the file system: not the data folder, not the signer's key. No network: TCP is refused by landlock,
 * every family of sockets but local ones by seccomp. Because gpg's calls differ by version the calls are a list of what
 * is refused (tracing, mounts, namespaces, modules, kernel keys, bpf, io_uring, …), not of what is allowed. The programs
 * that it starts inherit all of it. The signer, whose folder is around this one, can't read it but could destroy it: rules
 * only allow, downwards. It takes 64 bytes at a time from core and can start nothing. */
enum st sandbox_pgp(const char *home, struct err *e);

/* Landlock's version in this kernel, 0 when there is none: for `check` and for tests. */
int sandbox_landlock_version(void);

#endif
