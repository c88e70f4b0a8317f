#include <asm/ioctls.h>
#include <errno.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "net/sandbox_int.h"

/* Calls by name: one that this architecture or this libseccomp does not know is passed over. */
/* clang-format off */
static const char *const signer_calls[] = {
	/* the pair, and lines of the log */
	"poll", "ppoll", "recvfrom", "sendto", "write", "writev",
	/* the state file */
	"openat", "read", "close", "fstat", "newfstatat", "fsync", "rename", "renameat", "renameat2", "lseek",
	/* memory (mmap and mprotect: not executable, below) */
	"brk", "munmap", "mremap", "madvise",
	/* the C library and OpenSSL; sigaltstack: runs under sanitizers */
	"futex", "getrandom", "clock_gettime", "gettimeofday", "getpid", "gettid", "rt_sigprocmask", "rt_sigreturn",
	"restart_syscall", "sched_yield", "exit", "exit_group", "sigaltstack",
};

/* What libmicrohttpd, SQLite, libpq, libcurl, OpenSSL, libevent and threads use. Not here, so refused with EPERM:
 * starting programs (execve, fork), tracing, mounts, namespaces, keys, modules, bpf, io_uring, userfaultfd, setting of
 * users or the clock. */
static const char *const core_calls[] = {
	/* bytes */
	"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "lseek",
	"_llseek", "sendfile", "sendfile64", "copy_file_range", "close", "close_range", "dup", "dup2", "dup3", "fcntl",
	"fcntl64", "flock",
	/* files */
	"open", "openat", "creat", "stat", "stat64", "fstat", "fstat64", "lstat", "lstat64", "newfstatat", "fstatat64",
	"statx", "statfs", "statfs64", "fstatfs", "fstatfs64", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
	"getcwd", "getdents", "getdents64", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat",
	"mkdir", "mkdirat", "rmdir", "chmod", "fchmod", "fchmodat", "fchown", "fchown32", "utimensat", "ftruncate",
	"ftruncate64", "fallocate", "fsync", "fdatasync", "sync_file_range", "fadvise64", "fadvise64_64", "umask",
	/* waiting */
	"pipe", "pipe2", "eventfd", "eventfd2", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
	"epoll_pwait2", "poll", "ppoll", "select", "_newselect", "pselect6", "timerfd_create", "timerfd_settime",
	"timerfd_gettime", "signalfd4",
	/* the network (socket: families, below) */
	"socketpair", "bind", "listen", "accept", "accept4", "connect", "getsockname", "getpeername", "getsockopt",
	"setsockopt", "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "shutdown",
	/* memory (mmap and mprotect: never writable and executable, below) */
	"brk", "munmap", "mremap", "madvise", "msync", "mincore", "mlock", "mlock2", "munlock", "membarrier",
	/* threads (clone: below) and time */
	"futex", "futex_time64", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "gettid", "getpid",
	"getppid", "sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
	"sched_get_priority_min", "getcpu", "arch_prctl", "exit", "exit_group", "clock_gettime", "clock_gettime64",
	"clock_getres", "clock_nanosleep", "clock_nanosleep_time64", "nanosleep", "gettimeofday", "time", "times",
	"setitimer", "getitimer", "alarm",
	/* signals to itself (kill and tgkill: below) */
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigpending", "rt_sigtimedwait",
	"sigaltstack", "restart_syscall", "pause",
	/* asking about itself */
	"getuid", "geteuid", "getgid", "getegid", "getuid32", "geteuid32", "getgid32", "getegid32", "getresuid",
	"getresgid", "getgroups", "getpgrp", "getpgid", "getsid", "getpriority", "getrlimit", "ugetrlimit", "getrusage",
	"sysinfo", "uname", "getrandom",
};
/* clang-format on */

/* What gpg and its agent never need. */
static const char *const pgp_refused[] = {
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"kcmp",
	"pidfd_getfd",
	"mount",
	"umount2",
	"pivot_root",
	"chroot",
	"move_mount",
	"open_tree",
	"fsopen",
	"fsmount",
	"unshare",
	"setns",
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"bpf",
	"perf_event_open",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"userfaultfd",
	"add_key",
	"request_key",
	"keyctl",
	"reboot",
	"swapon",
	"swapoff",
	"settimeofday",
	"clock_settime",
	"clock_adjtime",
	"adjtimex",
	"setuid",
	"setgid",
	"setreuid",
	"setregid",
	"setresuid",
	"setresgid",
	"setgroups",
	"mknod",
	"mknodat",
	"acct",
	"quotactl",
	"personality",
	"name_to_handle_at",
	"open_by_handle_at",
	"iopl",
	"ioperm",
	"sethostname",
	"setdomainname",
	"syslog",
};

static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK }; /* netlink: getaddrinfo asks for addresses */
static const unsigned ioctls[] = { FIONBIO,    FIONREAD,    FIOCLEX,	  FIONCLEX,   TCGETS,
				   TIOCGWINSZ, SIOCGIFCONF, SIOCGIFFLAGS, SIOCGIFNAME };

/* A filter being made; the first mistake sticks. */
struct filter {
	scmp_filter_ctx ctx;
	int rc;
};

static void rule(struct filter *f, uint32_t action, const char *name, int n, const struct scmp_arg_cmp *args)
{
	int nr = seccomp_syscall_resolve_name(name);
	if (f->rc || nr == __NR_SCMP_ERROR)
		return;
	f->rc = seccomp_rule_add_array(f->ctx, action, nr, (unsigned)n, args);
	if (nr < 0) /* known, but not on this architecture */
		f->rc = 0;
}

static void allow_all(struct filter *f, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rule(f, SCMP_ACT_ALLOW, names[i], 0, NULL);
}

static void allow_if(struct filter *f, const char *name, struct scmp_arg_cmp arg)
{
	rule(f, SCMP_ACT_ALLOW, name, 1, &arg);
}

static struct filter filter_begin(uint32_t otherwise)
{
	struct filter f = { .ctx = seccomp_init(otherwise) };
	if (!f.ctx)
		f.rc = -ENOMEM;
	if (!f.rc)
		f.rc = seccomp_attr_set(f.ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!f.rc) /* a binary search instead of a walk */
		f.rc = seccomp_attr_set(f.ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return f;
}

static enum st filter_enter(struct filter *f, struct err *e)
{
	if (!f->rc)
		f->rc = seccomp_load(f->ctx); /* sets PR_SET_NO_NEW_PRIVS */
	if (f->ctx)
		seccomp_release(f->ctx);
	return f->rc ? err_set(e, ST_INTERNAL, "seccomp: can't be entered: %s", strerror(-f->rc)) : ST_OK;
}

enum st seccomp_signer(struct err *e)
{
	struct filter f = filter_begin(SCMP_ACT_KILL_PROCESS);
	allow_all(&f, signer_calls, sizeof signer_calls / sizeof *signer_calls);
	allow_if(&f, "mmap", SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	allow_if(&f, "mprotect", SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return filter_enter(&f, e);
}

/* Code comes from files (modules of the name service are loaded late), never from memory that can be written. */
static void allow_memory(struct filter *f, const char *name)
{
	allow_if(f, name, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	allow_if(f, name, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC));
}

/* clone3 hides its flags from a filter; told that there is none, the C library uses clone. */
static void refuse_clone3(struct filter *f)
{
	rule(f, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
}

/* Threads but no processes. */
static void allow_threads(struct filter *f)
{
	allow_if(f, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	refuse_clone3(f);
}

enum st seccomp_core(struct err *e)
{
	struct filter f = filter_begin(SCMP_ACT_ERRNO(EPERM));
	scmp_datum_t self = (scmp_datum_t)getpid();
	allow_all(&f, core_calls, sizeof core_calls / sizeof *core_calls);
	allow_memory(&f, "mmap");
	allow_memory(&f, "mmap2");
	allow_memory(&f, "mprotect");
	allow_threads(&f);
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		allow_if(&f, "socket", SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i]));
	for (size_t i = 0; i < sizeof ioctls / sizeof *ioctls; i++)
		allow_if(&f, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, ioctls[i]));
	allow_if(&f, "kill", SCMP_A0(SCMP_CMP_EQ, self));
	allow_if(&f, "tgkill", SCMP_A0(SCMP_CMP_EQ, self));
	rule(&f, SCMP_ACT_ALLOW, "prctl", 0, NULL);	    /* names of threads; it can give nothing back */
	allow_if(&f, "prlimit64", SCMP_A2(SCMP_CMP_EQ, 0)); /* asking, not setting */
	return filter_enter(&f, e);
}

/* Processes, but none in a world of its own. */
static void refuse_namespaces(struct filter *f)
{
	static const scmp_datum_t flags[] = { CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
					      CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP };
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		struct scmp_arg_cmp with = SCMP_A0(SCMP_CMP_MASKED_EQ, flags[i], flags[i]);
		rule(f, SCMP_ACT_ERRNO(EPERM), "clone", 1, &with);
	}
	refuse_clone3(f);
}

enum st seccomp_pgp(struct err *e)
{
	struct filter f = filter_begin(SCMP_ACT_ALLOW);
	for (size_t i = 0; i < sizeof pgp_refused / sizeof *pgp_refused; i++)
		rule(&f, SCMP_ACT_ERRNO(EPERM), pgp_refused[i], 0, NULL);
	refuse_namespaces(&f);
	struct scmp_arg_cmp other = SCMP_A0(SCMP_CMP_NE, AF_UNIX);
	rule(&f, SCMP_ACT_ERRNO(EAFNOSUPPORT), "socket", 1, &other);
	return filter_enter(&f, e);
}
