/* Which top levels belong to which country: the two-letter ones (ISO 3166-1 but for uk, ac and su) and the
 * internationalised country-code top levels that IANA has delegated. A country's first entry is its main one. */
#include <string.h>
#include "base/text.h"
#include "names/names_int.h"

struct tld {
	const char *name, *country;
};

static const struct tld ascii_tlds[] = {
	{ "ac", "SH" }, { "ad", "AD" }, { "ae", "AE" }, { "af", "AF" }, { "ag", "AG" }, { "ai", "AI" }, { "al", "AL" },
	{ "am", "AM" }, { "ao", "AO" }, { "aq", "AQ" }, { "ar", "AR" }, { "as", "AS" }, { "at", "AT" }, { "au", "AU" },
	{ "aw", "AW" }, { "ax", "AX" }, { "az", "AZ" }, { "ba", "BA" }, { "bb", "BB" }, { "bd", "BD" }, { "be", "BE" },
	{ "bf", "BF" }, { "bg", "BG" }, { "bh", "BH" }, { "bi", "BI" }, { "bj", "BJ" }, { "bm", "BM" }, { "bn", "BN" },
	{ "bo", "BO" }, { "br", "BR" }, { "bs", "BS" }, { "bt", "BT" }, { "bv", "BV" }, { "bw", "BW" }, { "by", "BY" },
	{ "bz", "BZ" }, { "ca", "CA" }, { "cc", "CC" }, { "cd", "CD" }, { "cf", "CF" }, { "cg", "CG" }, { "ch", "CH" },
	{ "ci", "CI" }, { "ck", "CK" }, { "cl", "CL" }, { "cm", "CM" }, { "cn", "CN" }, { "co", "CO" }, { "cr", "CR" },
	{ "cu", "CU" }, { "cv", "CV" }, { "cw", "CW" }, { "cx", "CX" }, { "cy", "CY" }, { "cz", "CZ" }, { "de", "DE" },
	{ "dj", "DJ" }, { "dk", "DK" }, { "dm", "DM" }, { "do", "DO" }, { "dz", "DZ" }, { "ec", "EC" }, { "ee", "EE" },
	{ "eg", "EG" }, { "er", "ER" }, { "es", "ES" }, { "et", "ET" }, { "eu", "EU" }, { "fi", "FI" }, { "fj", "FJ" },
	{ "fk", "FK" }, { "fm", "FM" }, { "fo", "FO" }, { "fr", "FR" }, { "ga", "GA" }, { "gb", "GB" }, { "gd", "GD" },
	{ "ge", "GE" }, { "gf", "GF" }, { "gg", "GG" }, { "gh", "GH" }, { "gi", "GI" }, { "gl", "GL" }, { "gm", "GM" },
	{ "gn", "GN" }, { "gp", "GP" }, { "gq", "GQ" }, { "gr", "GR" }, { "gs", "GS" }, { "gt", "GT" }, { "gu", "GU" },
	{ "gw", "GW" }, { "gy", "GY" }, { "hk", "HK" }, { "hm", "HM" }, { "hn", "HN" }, { "hr", "HR" }, { "ht", "HT" },
	{ "hu", "HU" }, { "id", "ID" }, { "ie", "IE" }, { "il", "IL" }, { "im", "IM" }, { "in", "IN" }, { "io", "IO" },
	{ "iq", "IQ" }, { "ir", "IR" }, { "is", "IS" }, { "it", "IT" }, { "je", "JE" }, { "jm", "JM" }, { "jo", "JO" },
	{ "jp", "JP" }, { "ke", "KE" }, { "kg", "KG" }, { "kh", "KH" }, { "ki", "KI" }, { "km", "KM" }, { "kn", "KN" },
	{ "kp", "KP" }, { "kr", "KR" }, { "kw", "KW" }, { "ky", "KY" }, { "kz", "KZ" }, { "la", "LA" }, { "lb", "LB" },
	{ "lc", "LC" }, { "li", "LI" }, { "lk", "LK" }, { "lr", "LR" }, { "ls", "LS" }, { "lt", "LT" }, { "lu", "LU" },
	{ "lv", "LV" }, { "ly", "LY" }, { "ma", "MA" }, { "mc", "MC" }, { "md", "MD" }, { "me", "ME" }, { "mg", "MG" },
	{ "mh", "MH" }, { "mk", "MK" }, { "ml", "ML" }, { "mm", "MM" }, { "mn", "MN" }, { "mo", "MO" }, { "mp", "MP" },
	{ "mq", "MQ" }, { "mr", "MR" }, { "ms", "MS" }, { "mt", "MT" }, { "mu", "MU" }, { "mv", "MV" }, { "mw", "MW" },
	{ "mx", "MX" }, { "my", "MY" }, { "mz", "MZ" }, { "na", "NA" }, { "nc", "NC" }, { "ne", "NE" }, { "nf", "NF" },
	{ "ng", "NG" }, { "ni", "NI" }, { "nl", "NL" }, { "no", "NO" }, { "np", "NP" }, { "nr", "NR" }, { "nu", "NU" },
	{ "nz", "NZ" }, { "om", "OM" }, { "pa", "PA" }, { "pe", "PE" }, { "pf", "PF" }, { "pg", "PG" }, { "ph", "PH" },
	{ "pk", "PK" }, { "pl", "PL" }, { "pm", "PM" }, { "pn", "PN" }, { "pr", "PR" }, { "ps", "PS" }, { "pt", "PT" },
	{ "pw", "PW" }, { "py", "PY" }, { "qa", "QA" }, { "re", "RE" }, { "ro", "RO" }, { "rs", "RS" }, { "ru", "RU" },
	{ "rw", "RW" }, { "sa", "SA" }, { "sb", "SB" }, { "sc", "SC" }, { "sd", "SD" }, { "se", "SE" }, { "sg", "SG" },
	{ "sh", "SH" }, { "si", "SI" }, { "sj", "SJ" }, { "sk", "SK" }, { "sl", "SL" }, { "sm", "SM" }, { "sn", "SN" },
	{ "so", "SO" }, { "sr", "SR" }, { "ss", "SS" }, { "st", "ST" }, { "su", "RU" }, { "sv", "SV" }, { "sx", "SX" },
	{ "sy", "SY" }, { "sz", "SZ" }, { "tc", "TC" }, { "td", "TD" }, { "tf", "TF" }, { "tg", "TG" }, { "th", "TH" },
	{ "tj", "TJ" }, { "tk", "TK" }, { "tl", "TL" }, { "tm", "TM" }, { "tn", "TN" }, { "to", "TO" }, { "tr", "TR" },
	{ "tt", "TT" }, { "tv", "TV" }, { "tw", "TW" }, { "tz", "TZ" }, { "ua", "UA" }, { "ug", "UG" }, { "uk", "GB" },
	{ "us", "US" }, { "uy", "UY" }, { "uz", "UZ" }, { "va", "VA" }, { "vc", "VC" }, { "ve", "VE" }, { "vg", "VG" },
	{ "vi", "VI" }, { "vn", "VN" }, { "vu", "VU" }, { "wf", "WF" }, { "ws", "WS" }, { "ye", "YE" }, { "yt", "YT" },
	{ "za", "ZA" }, { "zm", "ZM" }, { "zw", "ZW" },
};

static const struct tld idn_tlds[] = {
	{ "xn--mgbaam7a8h", "AE" },
	{ "xn--y9a3aq", "AM" },
	{ "xn--54b7fta0cc", "BD" },
	{ "xn--90ae", "BG" },
	{ "xn--mgbcpq6gpa1a", "BH" },
	{ "xn--90ais", "BY" },
	{ "xn--fiqs8s", "CN" },
	{ "xn--fiqz9s", "CN" },
	{ "xn--lgbbat1ad8j", "DZ" },
	{ "xn--wgbh1c", "EG" },
	{ "xn--e1a4c", "EU" },
	{ "xn--qxa6a", "EU" },
	{ "xn--node", "GE" },
	{ "xn--qxam", "GR" },
	{ "xn--j6w193g", "HK" },
	{ "xn--4dbrk0ce", "IL" },
	{ "xn--2scrj9c", "IN" },
	{ "xn--3hcrj9c", "IN" },
	{ "xn--45br5cyl", "IN" },
	{ "xn--h2breg3eve", "IN" },
	{ "xn--h2brj9c8c", "IN" },
	{ "xn--mgbgu82a", "IN" },
	{ "xn--rvc1e0am3e", "IN" },
	{ "xn--h2brj9c", "IN" },
	{ "xn--mgbbh1a", "IN" },
	{ "xn--mgbbh1a71e", "IN" },
	{ "xn--fpcrj9c3d", "IN" },
	{ "xn--gecrj9c", "IN" },
	{ "xn--s9brj9c", "IN" },
	{ "xn--45brj9c", "IN" },
	{ "xn--xkc2dl3a5ee0h", "IN" },
	{ "xn--mgbtx2b", "IQ" },
	{ "xn--mgba3a4f16a", "IR" },
	{ "xn--mgbayh7gpa", "JO" },
	{ "xn--3e0b707e", "KR" },
	{ "xn--80ao21a", "KZ" },
	{ "xn--q7ce6a", "LA" },
	{ "xn--fzc2c9e2c", "LK" },
	{ "xn--xkc2al3hye2a", "LK" },
	{ "xn--mgbc0a9azcg", "MA" },
	{ "xn--d1alf", "MK" },
	{ "xn--l1acc", "MN" },
	{ "xn--mix891f", "MO" },
	{ "xn--mgbah1a3hjkrd", "MR" },
	{ "xn--mgbx4cd0ab", "MY" },
	{ "xn--mgb9awbf", "OM" },
	{ "xn--mgbai9azgqp6j", "PK" },
	{ "xn--ygbi2ammx", "PS" },
	{ "xn--wgbl6a", "QA" },
	{ "xn--90a3ac", "RS" },
	{ "xn--p1ai", "RU" },
	{ "xn--mgberp4a5d4ar", "SA" },
	{ "xn--mgbpl2fh", "SD" },
	{ "xn--yfro4i67o", "SG" },
	{ "xn--clchc0ea0b2g2a9gcd", "SG" },
	{ "xn--ogbpf8fl", "SY" },
	{ "xn--o3cw4h", "TH" },
	{ "xn--pgbs0dh", "TN" },
	{ "xn--kpry57d", "TW" },
	{ "xn--kprw13d", "TW" },
	{ "xn--j1amh", "UA" },
	{ "xn--mgb2ddes", "YE" },
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Sorted by name, so two letters are found by halving. */
static const char *ascii_country(const char *tld)
{
	size_t lo = 0, hi = COUNT(ascii_tlds);
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int d = strcmp(tld, ascii_tlds[mid].name);
		if (d == 0)
			return ascii_tlds[mid].country;
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

/* Zones that hold the same names as another, written differently. */
static const struct {
	const char *variant, *main;
} same_names[] = { { "xn--kprw13d", "xn--kpry57d" } };

const char *zone_main(const char *tld)
{
	for (size_t i = 0; i < COUNT(same_names); i++)
		if (strcmp(tld, same_names[i].variant) == 0)
			return same_names[i].main;
	return NULL;
}

const char *names_country_of(const char *tld)
{
	if (strlen(tld) == 2)
		return ascii_country(tld);
	for (size_t i = 0; i < COUNT(idn_tlds); i++)
		if (strcmp(tld, idn_tlds[i].name) == 0)
			return idn_tlds[i].country;
	return NULL;
}

static int zones_from(const struct tld *list, size_t size, const char *country, const char **out, int n, int max)
{
	for (size_t i = 0; i < size && n < max; i++)
		if (text_eq_nocase(country, list[i].country))
			out[n++] = list[i].name;
	return n;
}

int names_zones_of(const char *country, const char **out, int max)
{
	int n = zones_from(ascii_tlds, COUNT(ascii_tlds), country, out, 0, max);
	return zones_from(idn_tlds, COUNT(idn_tlds), country, out, n, max);
}
