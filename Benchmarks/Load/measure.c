/* Clocks, latencies, memory, and the line of JSON. */
#include "load.h"

void fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    exit(1);
}

uint64_t read_clock(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ---- latencies: buckets of 1/16 of a power of two, so that a value is known to 6 % ---- */

enum { STEPS = 16, BUCKETS = 64 * STEPS };
static uint64_t buckets[BUCKETS], latencies, longest;

static unsigned bucket_of(uint64_t value) {
    if (value < STEPS) return (unsigned)value;
    unsigned power = 63u - (unsigned)__builtin_clzll(value);
    return (power - 3) * STEPS + (unsigned)((value >> (power - 4)) & (STEPS - 1));
}

static double upper_us(unsigned bucket) {
    if (bucket < STEPS) return bucket / 1e3;
    unsigned power = bucket / STEPS + 3;
    return (double)((uint64_t)(STEPS + bucket % STEPS + 1) << (power - 4)) / 1e3;
}

void note_latency(uint64_t nanoseconds) {
    buckets[bucket_of(nanoseconds)]++;
    latencies++;
    if (nanoseconds > longest) longest = nanoseconds;
}

void forget_latencies(void) {
    memset(buckets, 0, sizeof buckets);
    latencies = longest = 0;
}

static double quantile_us(double share) {
    uint64_t below = 0, wanted = (uint64_t)((double)latencies * share);
    for (unsigned i = 0; i < BUCKETS; i++)
        if ((below += buckets[i]) > wanted) return upper_us(i);
    return (double)longest / 1e3;
}

/* ---- processor time ---- */

static double begin_s, took_s, own_begin, own_s, machine_begin[2], busy_s, idle_s, servers_s[MAX_PIDS];

static double clock_s(clockid_t clock) {
    struct timespec time;
    return clock_gettime(clock, &time) ? 0 : (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double process_s(int pid) {
    clockid_t clock;
    if (clock_getcpuclockid(pid, &clock)) fail("no process %d", pid);
    return clock_s(clock);
}

/* Busy and idle seconds of all cores, from the first line of /proc/stat. */
static void read_machine(double totals[2]) {
    unsigned long long user, nice, system, idle, wait, irq, soft, steal;
    FILE *file = fopen("/proc/stat", "r");
    if (!file || fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &irq, &soft, &steal) != 8)
        fail("no /proc/stat");
    fclose(file);
    double ticks = (double)sysconf(_SC_CLK_TCK);
    totals[0] = (double)(user + nice + system + irq + soft + steal) / ticks;
    totals[1] = (double)(idle + wait) / ticks;
}

void begin_measuring(void) {
    read_machine(machine_begin);
    for (int i = 0; i < options.pid_count; i++) servers_s[i] = process_s(options.pids[i]);
    own_begin = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    begin_s = clock_s(CLOCK_MONOTONIC);
}

void end_measuring(void) {
    took_s = clock_s(CLOCK_MONOTONIC) - begin_s;
    own_s = clock_s(CLOCK_PROCESS_CPUTIME_ID) - own_begin;
    for (int i = 0; i < options.pid_count; i++) servers_s[i] = process_s(options.pids[i]) - servers_s[i];
    double machine[2];
    read_machine(machine);
    busy_s = machine[0] - machine_begin[0];
    idle_s = machine[1] - machine_begin[1];
}

double measured_seconds(void) { return took_s; }

double servers_cpu_us(void) {
    double total = 0;
    for (int i = 0; i < options.pid_count; i++) total += servers_s[i];
    return total * 1e6;
}

long pss_kib(int pid) {
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    FILE *file = fopen(path, "r");
    if (!file) fail("cannot read %s", path);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Pss: %ld", &value) == 1) break;
    fclose(file);
    return value;
}

static void print_histogram(void) {
    printf(", \"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f, \"histogram\": [", quantile_us(0.5), quantile_us(0.9), quantile_us(0.99),
           (double)longest / 1e3);
    const char *comma = "";
    for (unsigned i = 0; i < BUCKETS; i++) {
        if (!buckets[i]) continue;
        printf("%s[%.1f, %llu]", comma, upper_us(i), (unsigned long long)buckets[i]);
        comma = ", ";
    }
    printf("]");
}

void print_result(double units, const char *format, ...) {
    double servers = servers_cpu_us() / 1e6, others = busy_s - servers - own_s;
    printf("{\"scenario\": \"%s\", \"dialect\": \"%s\", \"seconds\": %.3f, ", options.scenario,
           options.dialect == GATHER ? "gather" : options.dialect == IRC ? "irc" : "limit", took_s);
    va_list values;
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    printf(", \"cpu_us\": %.4f, \"cpu_us_pids\": [", units > 0 ? servers * 1e6 / units : 0);
    for (int i = 0; i < options.pid_count; i++) printf("%s%.4f", i ? ", " : "", units > 0 ? servers_s[i] * 1e6 / units : 0);
    printf("], \"cores\": %.3f, \"own_cpu\": %.3f, \"others_cpu\": %.3f", servers / took_s, own_s / took_s,
           busy_s + idle_s > 0 && others > 0 ? others / (busy_s + idle_s) : 0);
    if (latencies) print_histogram();
    printf("}\n");
}
