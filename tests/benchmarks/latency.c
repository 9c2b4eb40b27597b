/* What another client feels: HGETALL at 1000 a second over 32 connections, until standard input ends.

     latency PORT        prints one line: count p50 p99 max, times in milliseconds

   Commands are sent when they are due, whether or not the replies before have come, so a stalled server is seen by all that it keeps
   waiting. A time is from the sending to the last byte of the reply. The hashes are copies of sessions under names of their own, so
   a purge of the sessions leaves them; they are removed at the end. Runs at a higher priority where that is allowed: it stands
   for a client on another machine, which would not compete for this one's processors. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 32
#define PERIOD 1000000LL /* nanoseconds between two commands */
#define HASHES 256
#define SAMPLES 4000000
#define WAITING 4096 /* unanswered commands of one connection */

/* The parse of one HGETALL reply: `lines` still to come, `skip` bytes of the value being passed over. */
typedef struct { int socket; long sent, answered, lines, skip; char line[32]; int in_line; long long due[WAITING]; } Connection;

static Connection connections[CONNECTIONS];
static float *samples;
static long count;

static void fail(const char *what) { fprintf(stderr, "latency: %s\n", what); exit(1); }

static long long clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int dial(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) fail("cannot connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

static void send_text(int fd, const char *text, int length) {
    if (write(fd, text, length) != length) fail("the connection ended");
}

/* One complete line of a reply: counts what is still to come. */
static void take_line(Connection *from) {
    long number = atol(from->line + 1);
    if (from->line[0] == '*') from->lines = number;
    else if (from->line[0] == '$') from->lines--, from->skip = number >= 0 ? number + 2 : 0;
    else from->lines = 0;
}

static void take_bytes(Connection *from, const char *bytes, long length, long long now) {
    while (length) {
        if (from->skip) {
            long passed = length < from->skip ? length : from->skip;
            from->skip -= passed, bytes += passed, length -= passed;
        } else {
            char sign = *bytes++;
            length--;
            if (sign != '\n') {
                if (sign != '\r' && from->in_line < 31) from->line[from->in_line++] = sign;
                continue;
            }
            from->line[from->in_line] = 0, from->in_line = 0;
            take_line(from);
        }
        if (!from->lines && !from->skip) {
            float waited = (now - from->due[from->answered++ % WAITING]) / 1e6;
            if (count < SAMPLES) samples[count++] = waited;
        }
    }
}

static void receive(Connection *from) {
    static char buffer[1 << 18];
    long got = read(from->socket, buffer, sizeof buffer);
    if (got <= 0) fail("the connection ended");
    take_bytes(from, buffer, got, clock_now());
}

static void ask(Connection *of, long number) {
    char command[96], key[32];
    if (of->sent - of->answered >= WAITING) fail("the server has stopped answering");
    int length = sprintf(key, "latency:%ld", number * 7919 % HASHES);
    length = sprintf(command, "*2\r\n$7\r\nHGETALL\r\n$%d\r\n%s\r\n", length, key);
    of->due[of->sent++ % WAITING] = clock_now();
    send_text(of->socket, command, length);
}

/* COPY of some sessions, by inline commands whose replies are short: waits for all of them. */
static void for_hashes(int port, const char *script) {
    int fd = dial(port);
    char command[512], reply[256];
    for (int number = 0; number < HASHES; number++) {
        int length = sprintf(command, "EVAL \"%s\" 1 latency:%d\r\n", script, number);
        send_text(fd, command, length);
        for (long got = 0; got < 1 || reply[got - 1] != '\n'; ) {
            long more = read(fd, reply + got, sizeof reply - got);
            if (more <= 0) fail("the connection ended");
            if (*reply == '-') { reply[more] = 0; fail(reply); }
            got += more;
        }
    }
    close(fd);
}

static int by_size(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static void run(void) {
    struct pollfd polled[CONNECTIONS + 1];
    for (int number = 0; number < CONNECTIONS; number++) polled[number] = (struct pollfd){connections[number].socket, POLLIN, 0};
    polled[CONNECTIONS] = (struct pollfd){0, POLLIN, 0};
    long long next = clock_now() + PERIOD;
    for (long number = 0; !polled[CONNECTIONS].revents;) {
        long long now = clock_now();
        for (; now >= next; next += PERIOD, number++) ask(&connections[number % CONNECTIONS], number);
        long long wait = next - clock_now();
        if (ppoll(polled, CONNECTIONS + 1, &(struct timespec){0, wait > 0 ? wait : 0}, NULL) < 0) fail("poll");
        for (int at = 0; at < CONNECTIONS; at++)
            if (polled[at].revents) receive(&connections[at]);
    }
}

int main(int argc, char **argv) {
    if (argc < 2) fail("usage: latency PORT");
    int port = atoi(argv[1]);
    samples = malloc(SAMPLES * sizeof *samples);
    setpriority(PRIO_PROCESS, 0, -10);
    prctl(PR_SET_TIMERSLACK, 1);
    for_hashes(port, "local key = redis.call('RANDOMKEY') "
                     "for n = 1, 100 do if redis.call('TYPE', key).ok == 'hash' then break end key = redis.call('RANDOMKEY') end "
                     "redis.call('COPY', key, KEYS[1], 'REPLACE') return redis.call('PERSIST', KEYS[1])");
    for (int number = 0; number < CONNECTIONS; number++) connections[number].socket = dial(port);
    fprintf(stderr, "ready\n");
    run();
    for_hashes(port, "return redis.call('DEL', KEYS[1])");
    qsort(samples, count, sizeof *samples, by_size);
    if (!count) fail("no sample");
    printf("%ld %.3f %.3f %.3f\n", count, samples[count / 2], samples[count * 99 / 100], samples[count - 1]);
    return 0;
}
