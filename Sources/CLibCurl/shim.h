#pragma once

#include <curl/curl.h>

/* curl_easy_setopt and curl_easy_getinfo take their value as a variable argument, which Swift cannot call. One wrapper
   for each type of value, so that the compiler knows what libcurl will read; which type an option has is in its manual. */

/* libcurl copies the text. NULL is the option's "nothing", not its default. */
static inline CURLcode gather_curl_set_text(CURL *handle, CURLoption option, const char *text) {
    return curl_easy_setopt(handle, option, text);
}

static inline CURLcode gather_curl_set_number(CURL *handle, CURLoption option, long number) {
    return curl_easy_setopt(handle, option, number);
}

/* Sizes, which are wider than long on some systems. */
static inline CURLcode gather_curl_set_size(CURL *handle, CURLoption option, curl_off_t size) {
    return curl_easy_setopt(handle, option, size);
}

/* libcurl does not copy the list: it must live as long as the handle. */
static inline CURLcode gather_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *list) {
    return curl_easy_setopt(handle, option, list);
}

/* Bytes that may hold zeros; libcurl copies as many as CURLOPT_POSTFIELDSIZE_LARGE said before. */
static inline CURLcode gather_curl_set_body(CURL *handle, const void *bytes) {
    return curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, bytes);
}

/* All functions that libcurl calls during a transfer get the same pointer; Swift has no name for the one that
   curl_easy_setopt wants of each kind, so they are set together here. */
static inline CURLcode gather_curl_set_callbacks(
    CURL *handle, void *state, curl_write_callback receive, curl_read_callback send, curl_xferinfo_callback progress,
    curl_debug_callback trace) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_WRITEDATA, state);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_READFUNCTION, send);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_READDATA, state);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, progress);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_XFERINFODATA, state);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, trace);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_DEBUGDATA, state);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);
    return code;
}

/* The status of HTTP, or the last reply code of SMTP; 0 where there was none. */
static inline long gather_curl_reply(CURL *handle) {
    long reply = 0;
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &reply) ? 0 : reply;
}

/* Whether there is a connection; may be asked during the transfer. */
static inline int gather_curl_is_connected(CURL *handle) {
    curl_off_t microseconds = 0;
    return !curl_easy_getinfo(handle, CURLINFO_CONNECT_TIME_T, &microseconds) && microseconds > 0;
}
