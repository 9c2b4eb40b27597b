/* A minimal client that lists sessions: what a listing costs when nothing but Redis and the network does.

     client PORT [--default-columns | --hashes] [--batch 500]

   One socket, blocking; SCAN COUNT 500 (--batch) TYPE hash, for each key HMGET and PTTL; two batches in flight: the next SCAN and the reads of
   the batch just found are sent before the replies of the batch before are parsed. Prints NDJSON with the names and forms of
   `sessionctl ls`: id, creationTime, lastAccessedTime, maxInactiveInterval, ttl. With --default-columns it also reads what the principal
   is found in (the two explicit attributes and the security context), and prints state, deadline and expired; it decodes no context:
   `principal` is null. With --hashes it reads whole hashes by HGETALL, and prints nothing. JDK values only; a repeated key is printed again. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 4096 /* SCAN may answer with more keys than COUNT */
#define PREFIX "spring:session:sessions:"
#define PREFIX_LENGTH (sizeof PREFIX - 1)

typedef struct { const char *bytes; long length; } Bulk; /* length -1: null */
typedef struct { char *keys; int lengths[BATCH]; int count; } Batch;

static int server, default_columns, hashes, at_once = 500;
static long long now;

static void fail(const char *what) { fprintf(stderr, "client: %s\n", what); exit(1); }

/* --- input: one growing buffer; what was read of it is dropped when more is needed ---------------------------------------------- */

static char *in;
static size_t in_start, in_end, in_size;

static void fill(void) {
    if (in_start == in_end) in_start = in_end = 0;
    if (in_size - in_end < 1 << 16) {
        if (in_start > in_size / 2) {
            memmove(in, in + in_start, in_end - in_start);
            in_end -= in_start, in_start = 0;
        } else if (!(in = realloc(in, in_size = in_size ? in_size * 2 : 1 << 20))) fail("out of memory");
    }
    ssize_t got = read(server, in + in_end, in_size - in_end);
    if (got <= 0) fail("the connection ended");
    in_end += got;
}

/* The number of a reply's first line, whose sign must be `sign`. */
static long long header(char sign) {
    for (size_t at = in_start;; fill(), at = in_start) {
        char *line = in + at, *end = memchr(line, '\n', in_end - at);
        if (!end) continue;
        if (*line != sign) fail("an unexpected reply");
        long long value = 0;
        int negative = line[1] == '-';
        for (line += 1 + negative; *line != '\r'; line++) value = value * 10 + (*line - '0');
        in_start = end + 1 - in;
        return negative ? -value : value;
    }
}

/* Valid until the next read. */
static Bulk bulk(void) {
    long length = header('$');
    if (length < 0) return (Bulk){NULL, -1};
    while (in_end - in_start < (size_t)length + 2) fill();
    Bulk value = {in + in_start, length};
    in_start += length + 2;
    return value;
}

/* --- output -------------------------------------------------------------------------------------------------------------------- */

static void send_all(const char *bytes, size_t length) {
    while (length) {
        ssize_t sent = write(server, bytes, length);
        if (sent <= 0) fail("the connection ended");
        bytes += sent, length -= sent;
    }
}

static char out[1 << 20], *to = out;

static void flush_out(void) {
    for (char *from = out; from < to;) {
        ssize_t written = write(1, from, to - from);
        if (written <= 0) exit(1);
        from += written;
    }
    to = out;
}

static void put(const char *text, size_t length) { memcpy(to, text, length), to += length; }
#define PUT(text) put(text, sizeof(text) - 1)

static void put_number(long long value) {
    char digits[24], *start = digits + sizeof digits;
    unsigned long long rest = value < 0 ? -(unsigned long long)value : (unsigned long long)value;
    do *--start = '0' + rest % 10; while (rest /= 10);
    if (value < 0) *--start = '-';
    put(start, digits + sizeof digits - start);
}

static void put_digits(int value, int width) {
    for (int at = width - 1; at >= 0; at--, value /= 10) to[at] = '0' + value % 10;
    to += width;
}

/* RFC 3339 with milliseconds; the date is kept for the next value of the same day. */
static void put_instant(long long ms) {
    static char date[16];
    static long long day = INT64_MIN;
    if (ms == INT64_MIN) { PUT("null"); return; }
    long long days = ms / 86400000, rest = ms % 86400000;
    if (rest < 0) days--, rest += 86400000;
    if (days != day) {
        time_t seconds = days * 86400;
        struct tm tm;
        gmtime_r(&seconds, &tm);
        strftime(date, sizeof date, "\"%Y-%m-%dT", &tm);
        day = days;
    }
    put(date, 12);
    put_digits(rest / 3600000, 2), *to++ = ':';
    put_digits(rest / 60000 % 60, 2), *to++ = ':';
    put_digits(rest / 1000 % 60, 2), *to++ = '.';
    put_digits(rest % 1000, 3);
    PUT("Z\"");
}

static void put_string(const char *text, int length) {
    *to++ = '"';
    for (int at = 0; at < length; at++) {
        unsigned char sign = text[at];
        if (sign == '"' || sign == '\\') *to++ = '\\', *to++ = sign;
        else if (sign < 32) to += sprintf(to, "\\u%04x", sign);
        else *to++ = sign;
    }
    *to++ = '"';
}

/* --- one session ---------------------------------------------------------------------------------------------------------------- */

/* The last bytes of a JDK Long (82 bytes) or Integer (81), big endian; INT64_MIN where there is none. */
static long long number(Bulk value) {
    if (value.length == 82) {
        uint64_t bits = 0;
        for (int at = 74; at < 82; at++) bits = bits << 8 | (unsigned char)value.bytes[at];
        return (int64_t)bits;
    }
    if (value.length == 81) {
        uint32_t bits = 0;
        for (int at = 77; at < 81; at++) bits = bits << 8 | (unsigned char)value.bytes[at];
        return (int32_t)bits;
    }
    return INT64_MIN;
}

static void print_session(const char *key, int length) {
    long fields = header('*');
    if (hashes) {
        while (fields--) bulk();
        header(':');
        return;
    }
    long long created = number(bulk()), accessed = number(bulk()), interval = number(bulk());
    for (long more = 3; more < fields; more++) bulk();
    long long ttl = header(':');
    if (sizeof out - (to - out) < 1024 + 6 * (size_t)length) flush_out();
    PUT("{\"id\":");
    put_string(key + PREFIX_LENGTH, length - PREFIX_LENGTH);
    int partial = created == INT64_MIN || accessed == INT64_MIN || interval == INT64_MIN;
    int expired = !partial && interval >= 0 && accessed <= now - interval * 1000;
    if (default_columns) {
        PUT(",\"principal\":null,\"state\":");
        if (partial) PUT("\"partial\"");
        else if (!expired) PUT("\"active\"");
        else if (interval) PUT("\"expired\"");
        else PUT("\"deleted\"");
    }
    PUT(",\"creationTime\":"), put_instant(created);
    PUT(",\"lastAccessedTime\":"), put_instant(accessed);
    PUT(",\"maxInactiveInterval\":");
    if (interval == INT64_MIN) PUT("null");
    else put_number(interval);
    if (default_columns) {
        PUT(",\"deadline\":"), put_instant(partial || interval < 0 ? INT64_MIN : accessed + interval * 1000);
        PUT(",\"expired\":");
        if (expired) PUT("true");
        else PUT("false");
    }
    PUT(",\"ttl\":");
    if (ttl < 0) PUT("null");
    else put_number(ttl / 1000), *to++ = '.', put_digits(ttl % 1000, 3);
    PUT("}\n");
}

/* --- the pipe ------------------------------------------------------------------------------------------------------------------- */

static const char *MORE_FIELDS =
    "$98\r\nsessionAttr:org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME\r\n"
    "$37\r\nsessionAttr:PRINCIPAL_NAME_INDEX_NAME\r\n$35\r\nsessionAttr:SPRING_SECURITY_CONTEXT\r\n";

static char *request;
static size_t request_size, request_length;

static char *room(size_t needed) {
    if (request_size - request_length < needed && !(request = realloc(request, request_size = request_size * 2 + needed))) fail("out of memory");
    return request + request_length;
}

static void ask_scan(const char *cursor) {
    request_length += sprintf(room(256), "*8\r\n$4\r\nSCAN\r\n$%zu\r\n%s\r\n$5\r\nMATCH\r\n$25\r\n" PREFIX
                              "*\r\n$5\r\nCOUNT\r\n$%d\r\n%d\r\n$4\r\nTYPE\r\n$4\r\nhash\r\n",
                              strlen(cursor), cursor, snprintf(NULL, 0, "%d", at_once), at_once);
}

static void ask_session(const char *key, int length) {
    static char tail[512], head[64];
    static size_t tail_length;
    if (!tail_length) {
        tail_length = hashes ? sprintf(tail, "\r\n") : sprintf(tail, "\r\n$12\r\ncreationTime\r\n$16\r\nlastAccessedTime\r\n$19\r\nmaxInactiveInterval\r\n%s",
                              default_columns ? MORE_FIELDS : "");
        strcpy(head, hashes ? "*2\r\n$7\r\nHGETALL\r\n$" : default_columns ? "*8\r\n$5\r\nHMGET\r\n$" : "*5\r\n$5\r\nHMGET\r\n$");
    }
    char *at = room(tail_length + 2 * length + 128);
    at = stpcpy(at, head), at += sprintf(at, "%d\r\n", length);
    at = mempcpy(at, key, length), at = mempcpy(at, tail, tail_length);
    at += sprintf(at, "*2\r\n$4\r\nPTTL\r\n$%d\r\n", length);
    at = mempcpy(at, key, length), at = mempcpy(at, "\r\n", 2);
    request_length = at - request;
}

/* Reads SCAN's reply: the keys into `batch`, the cursor into `cursor`. */
static void found(Batch *batch, char *cursor) {
    header('*');
    Bulk next = bulk();
    if (next.length > 31) fail("a long cursor");
    memcpy(cursor, next.bytes, next.length), cursor[next.length] = 0;
    batch->count = header('*');
    if (batch->count > BATCH) fail("too many keys in one reply");
    size_t length = 0, size = 0;
    for (int number = 0; number < batch->count; number++) {
        Bulk key = bulk();
        if (size < length + key.length && !(batch->keys = realloc(batch->keys, size = (length + key.length) * 2))) fail("out of memory");
        memcpy(batch->keys + length, key.bytes, key.length);
        length += batch->lengths[number] = key.length;
    }
}

static void send_requests(void) { send_all(request, request_length), request_length = 0; }

static void print_batch(const Batch *batch) {
    const char *key = batch->keys;
    for (int number = 0; number < batch->count; key += batch->lengths[number++]) print_session(key, batch->lengths[number]);
}

static void list(void) {
    static Batch batches[2];
    Batch *fresh = &batches[0], *waiting = &batches[1];
    char cursor[32];
    ask_scan("0"), send_requests();
    do {
        found(fresh, cursor);
        if (strcmp(cursor, "0")) ask_scan(cursor);
        const char *key = fresh->keys;
        for (int number = 0; number < fresh->count; key += fresh->lengths[number++]) ask_session(key, fresh->lengths[number]);
        send_requests();
        print_batch(waiting);
        Batch *old = waiting;
        waiting = fresh, fresh = old;
    } while (strcmp(cursor, "0"));
    print_batch(waiting);
    flush_out();
}

int main(int argc, char **argv) {
    if (argc < 2) fail("usage: client PORT [--default-columns | --hashes] [--batch 500]");
    for (int word = 2; word < argc; word++) {
        if (!strcmp(argv[word], "--default-columns")) default_columns = 1;
        else if (!strcmp(argv[word], "--hashes")) hashes = 1;
        else if (!strcmp(argv[word], "--batch") && word + 1 < argc) at_once = atoi(argv[++word]);
        else fail("unknown option");
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&address, sizeof address)) fail("cannot connect");
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct timespec clock;
    clock_gettime(CLOCK_REALTIME, &clock);
    now = clock.tv_sec * 1000LL + clock.tv_nsec / 1000000;
    list();
    return 0;
}
