// The plain SQLite loop: the rows of a durable create, so many a commit, in one process with nothing before or behind it.
//
//   rows DATABASE ROWS SECONDS
//
// The same table, statements and durability as the peers' (WAL, synchronous FULL). Prints one line of JSON.
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
    fprintf(stderr, "rows: %s: %s\n", what, sqlite3_errmsg(db));
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

int main(int count, char **words) {
    require(count == 4, "rows DATABASE ROWS SECONDS");
    int rows = atoi(words[2]);
    double seconds = atof(words[3]);
    require(sqlite3_open(words[1], &db) == SQLITE_OK, "open");
    const char *schema = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE IF NOT EXISTS element (id INTEGER PRIMARY KEY, element_type TEXT NOT NULL, element_id INTEGER NOT NULL,"
        " sequence_number INTEGER NOT NULL, comment TEXT NOT NULL, UNIQUE (element_type, element_id),"
        " UNIQUE (element_type, sequence_number))";
    require(sqlite3_exec(db, schema, NULL, NULL, NULL) == SQLITE_OK, "schema");
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
    sqlite3_stmt *next = prepare("SELECT coalesce(max(element_id), 0) + 1 FROM element");
    sqlite3_stmt *insert = prepare("INSERT INTO element (element_type, element_id, sequence_number, comment) SELECT 'spokenWord', ?1,"
                                   " coalesce(max(sequence_number), 0) + 1, ?2 FROM element WHERE element_type = 'spokenWord'");
    require(sqlite3_step(next) == SQLITE_ROW, "next");
    sqlite3_int64 id = sqlite3_column_int64(next, 0);
    sqlite3_reset(next);
    double began = now(), end = began + seconds, at = began;
    long long written = 0;
    for (; at < end; at = now()) {
        step(begin);
        for (int i = 0; i < rows; i++, written++) {
            sqlite3_bind_int64(insert, 1, id++);
            sqlite3_bind_text(insert, 2, "There is rosemary, that is for remembrance", -1, SQLITE_STATIC);
            step(insert);
        }
        step(commit);
    }
    printf("{\"perSecond\": %.1f}\n", written / (at - began));
    return 0;
}
