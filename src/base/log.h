/* log.h — structured lines in logfmt on stderr: `ts=… level=… role=… msg="…" key=value …`. One write(2) a line.
 * Values are quoted and escaped here; personal data does not go into logs (ids and counts do). */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
struct log_kv {
	const char *key;
	const char *text;
	int64_t num;
};

void log_setup(enum log_level least, const char *role);
void log_write(enum log_level level, const char *msg, const struct log_kv *kv, int n);
static inline const char *log_text(const char *s)
{
	return s ? s : "";
}
#define LOG_T(k, v)                                                                                                    \
	{                                                                                                              \
		.key = (k), .text = log_text(v)                                                                        \
	}
#define LOG_N(k, v)                                                                                                    \
	{                                                                                                              \
		.key = (k), .num = (int64_t)(v)                                                                        \
	}
#define log_debug(msg, ...) LOG_CALL(LOG_DEBUG, msg, __VA_ARGS__)
#define log_info(msg, ...) LOG_CALL(LOG_INFO, msg, __VA_ARGS__)
#define log_warn(msg, ...) LOG_CALL(LOG_WARN, msg, __VA_ARGS__)
#define log_error(msg, ...) LOG_CALL(LOG_ERROR, msg, __VA_ARGS__)
#define LOG_CALL(level, msg, ...)                                                                                      \
	log_write(level, msg, (const struct log_kv[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } },                              \
		  (int)(sizeof((const struct log_kv[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } }) / sizeof(struct log_kv)) -  \
			  1)

#endif
