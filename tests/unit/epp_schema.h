/* epp_schema.h — validates against the official EPP schemas of $NICERT_TESTDATA, if they are there. */
#ifndef TESTS_EPP_SCHEMA_H
#define TESTS_EPP_SCHEMA_H
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <libxml/xmlschemas.h>
#include "base/buf.h"

static inline const char *testdata(const char *under)
{
	static char path[600];
	const char *dir = getenv("NICERT_TESTDATA");
	if (!dir)
		return NULL;
	snprintf(path, sizeof path, "%s/epp/%s", dir, under);
	return access(path, R_OK) ? NULL : path;
}

/* All that we speak in one schema; NULL without the data. eppcom comes first: the others import it without saying where
 * it is. */
static inline xmlSchema *schemas_load(void)
{
	static const struct {
		const char *uri, *file;
	} list[] = { { "eppcom-1.0", "eppcom-1.0" },
		     { "epp-1.0", "epp-1.0" },
		     { "host-1.0", "host-1.0" },
		     { "domain-1.0", "domain-1.0" },
		     { "contact-1.0", "contact-1.0" },
		     { "secDNS-1.1", "secDNS-1.1" },
		     { "rgp-1.0", "rgp-1.0" },
		     { "epp:fee-1.0", "fee-1.0" },
		     { "allocationToken-1.0", "allocationToken-1.0" },
		     { "changePoll-1.0", "changePoll-1.0" },
		     { "epp:loginSec-1.0", "loginSec-1.0" },
		     { "epp:maintenance-1.0", "maintenance-1.0" },
		     { "epp:ttl-1.0", "ttl-1.0" },
		     { "epp:b-dn", "b-dn" } };
	const char *dir = testdata("xsd");
	if (!dir)
		return NULL;
	BUF_SCOPE b = BUF_INIT;
	buf_str(&b, "<schema xmlns=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:test:all\">");
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		buf_printf(&b, "<import namespace=\"urn:ietf:params:xml:ns:%s\" schemaLocation=\"file://%s/%s.xsd\"/>",
			   list[i].uri, dir, list[i].file);
	buf_str(&b, "</schema>");
	xmlSchemaParserCtxt *p = xmlSchemaNewMemParserCtxt(b.p, (int)b.n);
	xmlSchema *s = xmlSchemaParse(p);
	xmlSchemaFreeParserCtxt(p);
	if (!s)
		abort();
	return s;
}

static inline bool schema_valid(xmlSchema *s, const char *p, size_t n)
{
	xmlDoc *doc = xmlReadMemory(p, (int)n, "answer", NULL, XML_PARSE_NONET);
	if (!doc)
		return false;
	xmlSchemaValidCtxt *v = xmlSchemaNewValidCtxt(s);
	int rc = xmlSchemaValidateDoc(v, doc);
	xmlSchemaFreeValidCtxt(v);
	xmlFreeDoc(doc);
	return rc == 0;
}
#endif
