/* Messages that know their number and their time. */
#include "load.h"

/* Nothing else that servers write holds this sign. */
enum { MARK = '~', NUMBER_DIGITS = 10, TIME_DIGITS = 19 };

static void write_digits(char *bytes, int count, uint64_t value) {
    while (count--) { bytes[count] = (char)('0' + value % 10); value /= 10; }
}

static uint64_t read_digits(const char *bytes, int count) {
    uint64_t value = 0;
    while (count--) value = value * 10 + (uint64_t)(*bytes++ - '0');
    return value;
}

size_t write_message(char *bytes, int room, uint64_t number, uint64_t at) {
    int head = sprintf(bytes, "%s #%s%d :", options.dialect == IRC ? "PRIVMSG" : "MSG", options.prefix, room);
    char *text = bytes + head;
    memset(text, 'x', (size_t)options.bytes);
    text[0] = MARK;
    write_digits(text + 1, NUMBER_DIGITS, number);
    text[1 + NUMBER_DIGITS] = ' ';
    write_digits(text + 2 + NUMBER_DIGITS, TIME_DIGITS, at);
    text[2 + NUMBER_DIGITS + TIME_DIGITS] = ' ';
    memcpy(text + options.bytes, "\r\n", 2);
    return (size_t)(head + options.bytes + 2);
}

bool read_message(const char *line, size_t length, uint64_t *number, uint64_t *at) {
    const char *mark = memmem(line, length, ":~", 2);
    if (mark) mark++;
    if (!mark || line + length - mark < 2 + NUMBER_DIGITS + TIME_DIGITS) return false;
    *number = read_digits(mark + 1, NUMBER_DIGITS);
    *at = read_digits(mark + 2 + NUMBER_DIGITS, TIME_DIGITS);
    return true;
}
