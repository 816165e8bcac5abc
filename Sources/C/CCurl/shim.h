// libcurl for Swift: the variadic calls, one function per type of argument.
#pragma once
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

static inline CURLcode shim_easy_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode shim_easy_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode shim_easy_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode shim_easy_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode shim_easy_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

/// For read, write and header callbacks, which share one shape.
typedef size_t (*shim_data_callback)(char *buffer, size_t size, size_t count, void *context);

static inline CURLcode shim_easy_set_data_callback(CURL *handle, CURLoption option, shim_data_callback value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode shim_easy_set_debug_callback(CURL *handle, curl_debug_callback value) {
    return curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, value);
}

static inline CURLcode shim_easy_set_progress_callback(CURL *handle, curl_xferinfo_callback value) {
    return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, value);
}

static inline long shim_easy_get_long(CURL *handle, CURLINFO info) {
    long value = 0;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

/// What is said of the server's own certificate, `Name:value` each; NULL where it was not asked for.
static inline const struct curl_slist *shim_easy_get_certificate(CURL *handle) {
    struct curl_certinfo *chain = NULL;
    if (curl_easy_getinfo(handle, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain || chain->num_of_certs < 1) return NULL;
    return chain->certinfo[0];
}

static inline CURLMcode shim_multi_set_long(CURLM *handle, CURLMoption option, long value) {
    return curl_multi_setopt(handle, option, value);
}

/// The transfer that a message says is done, and with what result; NULL for other messages.
static inline CURL *shim_done(const CURLMsg *message, CURLcode *result) {
    if (message->msg != CURLMSG_DONE) return NULL;
    *result = message->data.result;
    return message->easy_handle;
}

/// CURLAUTH_BASIC, a macro with a cast that Swift does not import.
static const long shim_basic_authentication = (long)CURLAUTH_BASIC;
