"""What the log of a server under test.rehearse says of its statements: which walk a table that grows. The tables of a test are small, so
that nobody would notice; with the cases of a year each such statement costs seconds."""
import re

# Their rows are kinds, roles, zones, accounts, what is waiting at the moment: never as many as there are cases, names or letters.
FEW = {"desk_basis", "desk_class", "desk_partner", "desk_day_touched", "desk_ladder", "desk_policy", "desk_queue_row", "desk_referral", "desk_rsit", "desk_severity", "desk_stale", "desk_tally",
       "journal_parked", "ledger_account", "registry_maintenance", "registry_registrar", "voice_note_was", "voice_study", "who_session", "who_account", "store_setting"}
# Walked from the oldest row on, a few at a time.
OLDEST_FIRST = {"who_view"}
# Once when a study's people are chosen, or once a day.
RARELY = {"voice_asked", "who_contact"}

# Rare by themselves: whom a study asks is found once; how many names a new policy touches is counted when an officer looks at it, and an
# index for that would cost every registration.
RARE = ("INSERT INTO voice_candidate", "SELECT place, count(*) FROM registry_domain", "SELECT name, key FROM registry_domain WHERE zone")


def table_of(name, sql):
    """The table that `name`, an alias or itself one, stands for; None: what it names is a query."""
    if re.search(rf"\bRECURSIVE {name}\(", sql):
        return None
    for pattern in (rf"(?:\bFROM|\bJOIN|\bUPDATE|\bINTO|,)\s+(\w+)(?:\s+AS)?\s+{name}\b", rf"(?:\bFROM|\bJOIN|\bUPDATE|\bINTO|,)\s+({name})\b(?!\.)"):
        if found := re.search(pattern, sql):
            return found.group(1)
    return None


def first_rows(sql):
    """The newest or oldest rows, whichever they are."""
    return not re.search(r"\bWHERE\b", sql) and re.search(r"ORDER BY (?:\w+\.)?id(?: DESC)? LIMIT \$\d+$", sql)


def walks(log):
    """(table, statement) of each that walks a table which grows, once."""
    found = set()
    for m in re.finditer(r'msg="walks a table" plan=("[^"]*"|\S+) sql="((?:[^"\\]|\\.)*)"', log):
        plan, sql = m.group(1).strip('"'), m.group(2)
        if sql.startswith(RARE) or " USING " in plan or "CONSTANT" in plan or first_rows(sql):
            continue
        table = table_of(plan.split()[1], sql)
        if table and table not in FEW | OLDEST_FIRST | RARELY:
            found.add((table, sql))
    return sorted(found)
