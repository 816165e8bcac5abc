// The plain SQLite loop of a creation in Service A: the same rows in the same tables, so many a commit, with nothing before or behind it.
//
//   order DATABASE ROWS SECONDS
//
// The database is one that order-bench has filled. Seven rows a creation: element, version, event, and a count at each of four levels, of which
// one is a new row now and then and the others are changed. The counts are rows of a table of its own, one a block: Service A keeps those of
// siblings in one row and writes it once a transaction (ADR 0045), which is what a loop without thought does not. Place, offset and payload are
// made as Service A makes them, but nothing is looked up: what is next is known. Prints one line of JSON.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static sqlite3 *db;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void require(int ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "order: %s: %s\n", what, sqlite3_errmsg(db));
    exit(1);
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    require(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) == SQLITE_OK, sql);
    return statement;
}

static void step(sqlite3_stmt *statement) {
    require(sqlite3_step(statement) == SQLITE_DONE, "step");
    sqlite3_reset(statement);
}

static sqlite3_int64 number(const char *sql) {
    sqlite3_stmt *statement = prepare(sql);
    require(sqlite3_step(statement) == SQLITE_ROW, sql);
    sqlite3_int64 value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

int main(int count, char **words) {
    require(count == 4, "order DATABASE ROWS SECONDS");
    int rows = atoi(words[2]);
    double seconds = atof(words[3]);
    const char *comment = "There is rosemary, that is for remembrance";
    require(sqlite3_open(words[1], &db) == SQLITE_OK, "open");
    require(sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", NULL, NULL, NULL) == SQLITE_OK, "pragma");
    require(sqlite3_exec(db, "CREATE TABLE IF NOT EXISTS block (sequence INTEGER NOT NULL, level INTEGER NOT NULL, slot INTEGER NOT NULL,"
                             " count INTEGER NOT NULL, PRIMARY KEY (sequence, level, slot)) STRICT, WITHOUT ROWID", NULL, NULL, NULL) == SQLITE_OK, "block");
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
    sqlite3_stmt *element = prepare("INSERT INTO element (sequence, type, id, place, version, revision, placed) VALUES (?1, 'spokenWord', ?2, ?3, 1, ?4, ?4)");
    sqlite3_stmt *version = prepare("INSERT INTO version (sequence, type, id, version, comment, data, created_at) VALUES (?1, 'spokenWord', ?2, 1, ?3, NULL, ?4)");
    sqlite3_stmt *event = prepare("INSERT INTO event (topic, \"offset\", key, committed_at, trace, payload) VALUES ('sequence.changed', ?1, ?2, ?3, NULL, ?4)");
    sqlite3_stmt *block = prepare("INSERT INTO block (sequence, level, slot, count) VALUES (?1, ?2, ?3, 1)"
                                  " ON CONFLICT (sequence, level, slot) DO UPDATE SET count = block.count + 1");
    sqlite3_stmt *touch = prepare("UPDATE sequence SET revision = ?1 WHERE id = ?2");
    sqlite3_stmt *head = prepare("UPDATE topic SET head = ?1 WHERE name = 'sequence.changed'");
    sqlite3_int64 sequence = number("SELECT id FROM sequence WHERE name = 'spokenWord' AND is_dropped = 0");
    sqlite3_int64 offset = number("SELECT head FROM topic WHERE name = 'sequence.changed'");
    sqlite3_int64 place = number("SELECT max(place) FROM element"), place_number = number("SELECT count(*) FROM element");
    sqlite3_int64 id = number("SELECT max(id) FROM element");
    const int shifts[] = {22, 29, 36, 43};
    double began = now(), end = began + seconds, at = began;
    long long written = 0;
    for (; at < end; at = now()) {
        step(begin);
        for (int i = 0; i < rows; i++, written++) {
            char key[32], payload[512];
            id++, offset++, place += 65536, place_number++;
            sqlite3_int64 time = (sqlite3_int64)(at * 1e6);
            int key_size = snprintf(key, sizeof key, "spokenWord_%lld", id);
            int size = snprintf(payload, sizeof payload,
                "{\"comment\":\"%s\",\"elementId\":%lld,\"elementType\":\"spokenWord\",\"kind\":\"created\",\"place\":%lld,"
                "\"revision\":%lld,\"sequenceName\":\"spokenWord\",\"sequenceNumber\":%lld,\"versionNumber\":1}",
                comment, id, place, offset, place_number);
            sqlite3_bind_int64(event, 1, offset);
            sqlite3_bind_text(event, 2, key, key_size, SQLITE_STATIC);
            sqlite3_bind_int64(event, 3, time);
            sqlite3_bind_blob(event, 4, payload, size, SQLITE_STATIC);
            step(event);
            sqlite3_bind_int64(element, 1, sequence);
            sqlite3_bind_int64(element, 2, id);
            sqlite3_bind_int64(element, 3, place);
            sqlite3_bind_int64(element, 4, offset);
            step(element);
            sqlite3_bind_int64(version, 1, sequence);
            sqlite3_bind_int64(version, 2, id);
            sqlite3_bind_text(version, 3, comment, -1, SQLITE_STATIC);
            sqlite3_bind_int64(version, 4, time);
            step(version);
            for (int level = 0; level < 4; level++) {
                sqlite3_bind_int64(block, 1, sequence);
                sqlite3_bind_int64(block, 2, level);
                sqlite3_bind_int64(block, 3, place >> shifts[level]);
                step(block);
            }
            sqlite3_bind_int64(touch, 1, offset);
            sqlite3_bind_int64(touch, 2, sequence);
            step(touch);
        }
        sqlite3_bind_int64(head, 1, offset);
        step(head);
        step(commit);
    }
    printf("{\"perSecond\": %.1f}\n", written / (at - began));
    return 0;
}
